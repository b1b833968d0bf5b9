import { spawn } from 'node:child_process';

export interface Opener {
  readonly command: string;
  /** The path follows them. */
  readonly args: readonly string[];
}

/** The desktop's own way to open a file, null where nobody sits in front of this machine's screen. */
export function desktopOpener(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): Opener | null {
  const has = (name: string) => (environment[name] ?? '') !== '';
  // start takes its first quoted argument for a title
  if (platform === 'win32') return { command: 'cmd', args: ['/c', 'start', ''] };
  if (platform === 'darwin') return has('SSH_CONNECTION') ? null : { command: 'open', args: [] };
  return has('DISPLAY') || has('WAYLAND_DISPLAY') ? { command: 'xdg-open', args: [] } : null;
}

/** Starts the viewer and leaves it alone; false where there is none. Never throws. */
export async function openOnDesktop(path: string): Promise<boolean> {
  const opener = desktopOpener(process.platform, process.env);
  if (opener === null) return false;
  return await new Promise((resolve) => {
    const viewer = spawn(opener.command, [...opener.args, path], { detached: true, stdio: 'ignore' });
    viewer.once('error', () => resolve(false));
    viewer.once('spawn', () => {
      viewer.unref();
      resolve(true);
    });
  });
}
