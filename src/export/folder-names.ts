/**
 * Folder names for experiments, each of its own. AlgoPerf's scoring takes such a name for a pattern, and takes folders for one
 * submission whose names differ by a time at their end: other characters than letters, digits, `_`, `-` and `.` become `_`, and so do the
 * dashes of a time.
 */
export function folderNames(experiments: Iterable<string>): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const experiment of experiments) {
    if (names.has(experiment)) continue;
    const plain = folderName(experiment);
    let name = plain;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${plain}_${n}`;
    // A file system may not tell upper from lower case.
    taken.add(name.toLowerCase());
    names.set(experiment, name);
  }
  return names;
}

/** One name as a folder's: of letters, digits, `_`, `-` and `.`, and no `.` first. */
export function folderName(name: string): string {
  return name
    .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^\./, '_')
    .replaceAll(/-\d{4}(-\d{2}){5}/g, (time) => time.replaceAll('-', '_'));
}
