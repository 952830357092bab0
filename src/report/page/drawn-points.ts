import type {View} from 'vega';

/** A point of a chart where it is drawn, in pixels from the drawing's corner. */
export interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  /** Index of the run that it stands for. */
  readonly run: number;
}

/** What of vega's scene is looked at: marks hold items, and items of groups hold marks. */
interface SceneNode {
  readonly items?: readonly SceneNode[];
  readonly marktype?: string;
  readonly x?: number;
  readonly y?: number;
  readonly datum?: {readonly run?: number};
}

/** The points of a drawing, in all its panels. */
export function drawnPoints(view: View): DrawnPoint[] {
  const {left, top} = view.padding() as {left: number; top: number};
  const [x, y] = view.origin();
  const {root} = view.scenegraph() as unknown as {readonly root: SceneNode};
  return pointsBelow(root, x + left, y + top);
}

function pointsBelow({items = [], marktype}: SceneNode, left: number, top: number): DrawnPoint[] {
  return items.flatMap((item) => {
    const [x, y] = [left + (item.x ?? 0), top + (item.y ?? 0)];
    if (marktype === 'symbol' && item.datum?.run !== undefined) return [{x, y, run: item.datum.run}];
    return pointsBelow(item, x, y);
  });
}

/** The nearest of some points to a place, if one is within so many pixels. */
export function nearestPoint(
  points: readonly DrawnPoint[],
  at: {x: number; y: number},
  within: number,
): DrawnPoint | undefined {
  const distance = ({x, y}: DrawnPoint) => Math.hypot(x - at.x, y - at.y);
  const nearest = points.reduce<DrawnPoint | undefined>(
    (best, point) => (best && distance(best) <= distance(point) ? best : point),
    undefined,
  );
  return nearest && distance(nearest) <= within ? nearest : undefined;
}
