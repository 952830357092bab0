import {checkbox, choice, el} from './dom.js';

/** How curves are looked at: the same in all charts of a section. */
export interface CurveOptions {
  x: 'steps' | 'seconds';
  isLog: boolean;
  /** Weight of what came before, in [0, 0.99]; 0: as measured. */
  smoothing: number;
}

/** The controls of {@link CurveOptions}. */
export function curveControls(options: CurveOptions, onChange: () => void, logLabel: string): HTMLElement {
  const range = el('input', {type: 'range', min: 0, max: 0.99, step: 0.01});
  const shown = el('output', {}, options.smoothing.toFixed(2));
  range.value = String(options.smoothing);
  range.addEventListener('input', () => {
    options.smoothing = Number(range.value);
    shown.textContent = options.smoothing.toFixed(2);
    onChange();
  });
  return el(
    'div',
    {class: 'controls'},
    choice('By', {
      options: [
        ['steps', 'steps'],
        ['seconds', 'time'],
      ],
      value: options.x,
      onChange(value) {
        options.x = value as CurveOptions['x'];
        onChange();
      },
    }),
    el('label', {class: 'field'}, el('span', {}, 'Smoothing'), range, shown),
    checkbox(logLabel, {
      isChecked: options.isLog,
      onChange(isChecked) {
        options.isLog = isChecked;
        onChange();
      },
    }),
  );
}

/** An exponential moving average that begins without a bias; gaps stay gaps. */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let [sum, share] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}
