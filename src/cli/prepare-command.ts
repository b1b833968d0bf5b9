import type { Command, Option } from 'commander';

/** Throws instead of ending the process, and shorter help, for a command and all below it. */
export function prepareCommand(command: Command): void {
  command.exitOverride();
  command.showHelpAfterError('(--help shows how)');
  command.configureHelp({ optionDescription: describe });
  for (const one of command.commands) prepareCommand(one);
}

/** The text, its choices and default; that a switch is off unless given goes without saying. */
function describe(option: Option): string {
  const notes: string[] = [];
  const unsaid = option.argChoices?.filter((choice) => !option.description.includes(choice)) ?? [];
  if (unsaid.length > 0) notes.push(`${option.argChoices?.join(', ')}`);
  const shown =
    option.defaultValueDescription ?? (typeof option.defaultValue === 'boolean' ? undefined : option.defaultValue);
  if (shown !== undefined) notes.push(`default: ${shown}`);
  return notes.length === 0 ? option.description : `${option.description} (${notes.join('; ')})`;
}
