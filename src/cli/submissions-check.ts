import pc from 'picocolors';
import {
  checkSubmission,
  type ProblemName,
  type ReportedFinding,
  reportOfEnd,
  type SubmissionReport,
} from '../checking/index.js';
import {count, formatPlace, isModulePath, printableLines} from '../support/index.js';
import {EXIT} from './exit-codes.js';
import {watchProcess} from './process-end.js';
import {divertStdout} from './stdout.js';
import {print} from './table.js';

/** What the command line says for `submissions check`. */
export interface SubmissionsCheckFlags {
  readonly config?: string;
  readonly set: readonly string[];
  readonly backend: string;
  readonly problem?: readonly ProblemName[];
  readonly json?: boolean;
}

/**
 * Checks a submission and prints the report; the exit code is 2 if there are findings.
 * @param seal - protects the process from user code
 */
export async function checkAction(
  submission: string,
  flags: SubmissionsCheckFlags,
  seal: () => Promise<void>,
): Promise<void> {
  const endDiversion = divertStdout();
  if (isModulePath(submission)) await seal();
  const release = watchProcess(submission, {
    onEnd(reason) {
      endDiversion();
      // As text it is printed to stderr.
      if (flags.json) print(reportOfEnd(submission, flags.backend, reason), () => '', true);
    },
  });
  try {
    const report = await checkSubmission({...flags, problems: flags.problem, submission});
    endDiversion();
    print(report, () => reportText(report), flags.json);
    process.exitCode = report.passed ? EXIT.done : EXIT.userError;
  } finally {
    endDiversion();
    release();
  }
}

function reportText({checks, findings, submission, engine}: SubmissionReport): string {
  const width = Math.max(...checks.map(({name}) => name.length));
  const lines = checks.map(({name, meaning, passed}) => {
    const line = `  ${passed === null ? '-    ' : passed ? 'ok   ' : 'found'} ${name.padEnd(width)}  ${meaning}`;
    return passed === false ? line : pc.dim(line);
  });
  const end =
    findings.length === 0
      ? `${submission}: no findings (on ${engine})`
      : `${submission}: ${count(findings.length)} finding${findings.length === 1 ? '' : 's'} (on ${engine})`;
  return [...lines, '', ...findings.flatMap(findingLines), end].join('\n');
}

function findingLines({file, line, column, check, message, advice, problems}: ReportedFinding): string[] {
  const place = formatPlace({file, ...(line !== undefined && {line}), ...(column !== undefined && {column})});
  return [printableLines(`${place}: ${check}: ${message}`), `  on ${problems.join(', ')}`, `  ${advice}`, ''];
}
