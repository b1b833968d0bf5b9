/** Colours for one stream: only where a person looks at them. */

export interface Style {
  /** False: every function below returns its text unchanged. */
  readonly colour: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** A stream as far as its looks matter; process.stdout and process.stderr are such. */
export interface StyledStream {
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}

/** What isn't a terminal: no colours, no width. */
export const plainStream: StyledStream = {};

/** ECMA-48 SGR: the parameter that switches on, and the one that switches off. */
const paint = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
const unchanged = (text: string) => text;

export const plainStyle: Style = {
  colour: false,
  bold: unchanged,
  dim: unchanged,
  red: unchanged,
  green: unchanged,
  yellow: unchanged,
};

const colourStyle: Style = {
  colour: true,
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
};

/** Colour needs a terminal that isn't dumb, and no NO_COLOR (no-color.org: any value but the empty one). */
export function styleFor(stream: StyledStream, environment: NodeJS.ProcessEnv = process.env): Style {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return stream.isTTY === true && !refused ? colourStyle : plainStyle;
}
