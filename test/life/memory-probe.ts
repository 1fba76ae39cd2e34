/** Loaded into a server's process with `--import`: tells its memory to whoever asks over IPC. */
function used(): number {
  // Twice: what a first collection only finalizes goes with the second.
  for (let times = 0; times < 2; times += 1) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

process.on('message', () => {
  process.send!({ used: used(), resident: process.memoryUsage.rss() });
});
process.channel!.unref();
