import {button, el} from './dom.js';
import {download, pictureOf} from './draw.js';

/** What the buttons of a chart's card hand out. */
export interface CardContents {
  /** The chart as a picture that leaves the page. */
  readonly spec: () => object;
  /** Of the picture, without its ending. */
  readonly fileName: () => string;
  /** Its values. */
  readonly table: () => HTMLElement;
}

/** The buttons of a card, and the place of its values. */
export interface CardTools {
  readonly element: HTMLElement;
  /** Hidden until they are asked for. */
  readonly values: HTMLElement;
  /** Brings the names of the buttons, and the values, to what the card shows now. */
  update(title: string): void;
}

/** Buttons for a chart: its values as a table, and the chart as a picture. */
export function cardTools({spec, fileName, table}: CardContents): CardTools {
  const values = el('div', {class: 'chart-data', hidden: true});
  const fill = () => values.replaceChildren(...(values.hidden ? [] : [table()]));
  const toggle = (): void => {
    values.hidden = !values.hidden;
    data.setAttribute('aria-expanded', String(!values.hidden));
    fill();
  };
  const data = button('Data', toggle, {'aria-expanded': 'false'});
  const save = (kind: 'png' | 'svg') => async () => download(await pictureOf(spec(), kind), `${fileName()}.${kind}`);
  const element = el('div', {class: 'tools'}, data, button('PNG', save('png')), button('SVG', save('svg')));
  return {
    element,
    values,
    update(title) {
      for (const tool of element.children) tool.setAttribute('aria-label', `${tool.textContent} of ${title}`);
      fill();
    },
  };
}
