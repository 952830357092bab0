import {join} from 'node:path';
import {
  type ChartFiles,
  type DrawnTime,
  type Picture,
  pictureOfSeries,
  printed,
  profileChart,
  relaxationChart,
  renderChart,
  SCREEN,
  targetTimesChart,
  targetTimesPicture,
} from '../plots/index.js';
import type {Scored, SubmissionScore} from '../pool/index.js';
import {TAU} from '../scoring/index.js';
import {makeFolder, onDisk} from '../support/index.js';

/** Submissions of a chart: as many as lines differ by colour and dashes. */
export const MOST_DRAWN = 49;

/**
 * Draws a score's charts into a folder: profiles, times and, of a sweep, scores by relaxation; each as PNG, SVG and PDF. Of more
 * submissions than {@link MOST_DRAWN}, the best are drawn.
 * @param width - in print, in millimetres; default: for a screen
 * @returns the files
 */
export async function drawScores(scored: Scored, folder: string, width: number | undefined): Promise<string[]> {
  const picture = width === undefined ? SCREEN : printed(width);
  onDisk(folder, () => makeFolder(folder));
  const {by, reference, relaxSweep} = scored;
  const scores = scored.scores.slice(0, MOST_DRAWN);
  const times = {
    by,
    workloads: [...scored.pool.workloads, ...scored.pool.heldOut].map((name) => ({name, times: timesOf(name, scores)})),
  };
  const tall = targetTimesPicture(times, picture);
  const lines = pictureOfSeries(picture, scores.length);
  const profiles = {by, profiles: scores.map(profileOf), ...(reference !== null && {reference})};
  const files = [
    await draw(join(folder, 'profiles'), profileChart(profiles, picture), lines),
    await draw(join(folder, 'times'), targetTimesChart(times, tall), tall),
  ];
  if (relaxSweep)
    files.push(
      await draw(join(folder, 'relaxation'), relaxationChart(relaxationLines(scores, relaxSweep), picture), lines),
    );
  return files.flat();
}

async function draw(path: string, spec: Parameters<typeof renderChart>[0], picture: Picture): Promise<string[]> {
  const files: Required<Pick<ChartFiles, 'png' | 'svg' | 'pdf'>> = {
    png: `${path}.png`,
    svg: `${path}.svg`,
    pdf: `${path}.pdf`,
  };
  await renderChart(spec, files, picture);
  return Object.values(files);
}

function profileOf({submission: name, profile, intervals}: SubmissionScore) {
  const band = intervals?.profile.map(({low, high}, i) => ({tau: TAU[i]!, low, high}));
  return {name, steps: profile, ...(band && {band})};
}

function timesOf(workload: string, scores: readonly SubmissionScore[]): DrawnTime[] {
  return scores.map(({submission, times, intervals}) => {
    const interval = intervals?.times[workload];
    return {submission, time: times[workload]!.median, ...(interval && {interval})};
  });
}

/** In the order of the scores. */
function relaxationLines(scores: readonly SubmissionScore[], sweep: NonNullable<Scored['relaxSweep']>) {
  return scores.map(({submission: name}) => ({
    name,
    points: sweep.map(({fraction, scores: swept}) => ({
      fraction,
      score: swept.find(({submission}) => submission === name)!.score,
    })),
  }));
}
