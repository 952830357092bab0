type Child = Node | string | null | undefined | false;
type Attributes = {readonly [name: string]: string | number | boolean | null | undefined};

/**
 * An element with attributes and children. Texts are text, whatever they hold; an attribute that is null or false is left out.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...present(children));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same of SVG. */
export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...present(children));
  return element;
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el('button', {type: 'button', ...attributes}, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A check box with its label; `swatch` stands between them. */
export function checkbox(
  label: string,
  {isChecked, swatch, onChange}: {isChecked: boolean; swatch?: Node; onChange: (isChecked: boolean) => void},
): HTMLLabelElement {
  const input = el('input', {type: 'checkbox'});
  input.checked = isChecked;
  input.addEventListener('change', () => onChange(input.checked));
  return el('label', {class: 'check'}, input, swatch, el('span', {}, label));
}

/** A list to choose one of. */
export function choice(
  label: string,
  {
    options,
    value,
    onChange,
  }: {options: readonly (readonly [value: string, text: string])[]; value: string; onChange: (value: string) => void},
): HTMLLabelElement {
  const select = el('select', {}, ...options.map(([each, text]) => el('option', {value: each}, text)));
  select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return el('label', {class: 'field'}, el('span', {}, label), select);
}

/** A text that may be broken behind its underscores on paper, where its parts are boxes. */
export function breakable(text: string): (string | HTMLElement)[] {
  const parts = text.split(/(?<=_)/);
  return parts.length === 1 ? parts : parts.map((part) => el('span', {class: 'part'}, part));
}

/** Sets an element's text without touching it where it is the same, so that nothing is read out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Calls back when an element's width is no longer the one that it was drawn for. */
export function onResize(element: HTMLElement, drawnWidth: () => number, draw: () => void): void {
  new ResizeObserver(() => {
    if (element.clientWidth !== drawnWidth()) requestAnimationFrame(draw);
  }).observe(element);
}

/** What something is called where there may be several of its kind on a page. */
export function named(title: string, name: string | undefined): string {
  return name === undefined ? title : `${title}: ${name}`;
}
