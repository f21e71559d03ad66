// A line of a command's own output.

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
