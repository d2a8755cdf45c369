// Small things every view uses. No inline styles as attributes: the content security policy refuses them; properties are fine.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `h('button', { class: 'primary', onclick }, 'Go')`. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) {
      element[name] = value; // a property, so that it can be brought up to date in place
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** The end of a CID or peer id: their beginnings are all the same. */
export function short(id, length = 8) {
  return id.length > length ? `…${id.slice(-length)}` : id;
}

/** A colour for an author or peer, the same for the same words everywhere. Both themes use it beside text, never as its only sign. */
export function hue(text) {
  let hash = 7;
  for (const char of text) {
    hash = (hash * 31 + char.codePointAt(0)) >>> 0;
  }
  return (hash * 137) % 360;
}

export const color = text => `hsl(${hue(text)} 62% 50%)`;

export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
  return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

export const clock = iso => new Date(iso).toLocaleTimeString();

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString()} ${count === 1 ? one : many}`;

/** A number of bytes in a unit that people read. */
export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return `${count.toFixed(unit === 0 || count >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** A button that copies. */
export function copyable(text, label = text) {
  return h('button', {
    class: 'copy', type: 'button', title: `Copy ${text}`, 'aria-label': `Copy ${text}`,
    onclick: async event => {
      const button = event.currentTarget;
      await navigator.clipboard?.writeText(text).then(() => toast('copied'), () => toast(text));
      button.focus();
    },
  }, label);
}

let toastTimer;

export function toast(text) {
  const box = document.getElementById('toast');
  box.textContent = text;
  box.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove('shown'), 4000);
}

export function title(text, ...extra) {
  return h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, text), ...extra);
}

export function empty(text) {
  return h('p', { class: 'empty' }, text);
}

/** The document that an address means: by id, else by name; any, only where it names none. */
export const documentOf = (documents, wanted) => wanted === null ? documents[0] : documents.find(d => d.id === wanted) ?? documents.find(d => d.name === wanted);

/** Fills a list of documents to choose from; two of one name show the end of their ids. */
export function offer(picker, documents) {
  const labels = documents.map(d => documents.filter(other => other.name === d.name).length > 1 ? `${d.name} ${short(d.id)}` : d.name);
  if (picker.options.length !== documents.length || documents.some((d, i) => picker.options[i].value !== d.id || picker.options[i].text !== labels[i])) {
    const chosen = picker.value;
    picker.replaceChildren(...documents.map((d, i) => h('option', { value: d.id }, labels[i])));
    picker.value = chosen;
  }
  picker.hidden = documents.length === 0;
}
