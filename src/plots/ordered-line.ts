import type {Point} from './reduce.js';

/** Points that are drawn in one stroke: the time that one takes grows faster than its points. */
const PIECE = 5000;

/** What a layer needs to draw a line through points in the order in which they come. */
export interface OrderedLine {
  readonly data: {readonly values: readonly (Point & {readonly order: number; readonly piece?: number})[]};
  /** Beside those of the axes. */
  readonly channels: object;
}

/** A line of very many points comes in pieces, each of which begins where the one before it ends. */
export function orderedLine(points: readonly Point[]): OrderedLine {
  const channels = {order: {field: 'order', type: 'quantitative'}};
  const values = points.map((point, order) => ({...point, order}));
  if (values.length <= PIECE) return {data: {values}, channels};
  const inPieces = values.flatMap((point) => {
    const piece = Math.floor(point.order / PIECE);
    const isShared = piece > 0 && point.order % PIECE === 0;
    return [...(isShared ? [{...point, piece: piece - 1}] : []), {...point, piece}];
  });
  return {data: {values: inPieces}, channels: {...channels, detail: {field: 'piece', type: 'nominal'}}};
}
