// Brings what is on the page up to date in place: an element that is still meant stays the same element, so it keeps the focus, the pointer that is
// pressed on it and its place for a screen reader. Elements of a list say who they are by `data-key`.

const handlers = ['onclick', 'onsubmit', 'onchange', 'oninput'];

/** As `box.replaceChildren(...children)`. Who was in the box stays where he was, or in the box when that is gone. */
export function redraw(box, ...children) {
  const at = document.activeElement;
  const inside = at !== box && box.contains(at);
  const fresh = document.createDocumentFragment();
  fresh.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  arrange(box, fresh);
  if (inside && document.activeElement !== at) {
    if (!box.contains(at)) {
      box.tabIndex = -1;
    }
    (box.contains(at) ? at : box).focus({ preventScroll: true }); // moving an element takes the focus off it
  }
}

const keyOf = node => node.dataset?.key;

function arrange(old, fresh) {
  const wanted = new Set([...fresh.childNodes].map(keyOf));
  let place = old.firstChild;
  const skipGone = () => {
    while (place && keyOf(place) !== undefined && !wanted.has(keyOf(place))) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  };
  for (const child of [...fresh.childNodes]) {
    skipGone();
    const same = find(place, child);
    if (same === null) {
      old.insertBefore(child, place);
      continue;
    }
    if (same === place) {
      place = place.nextSibling;
    } else {
      old.insertBefore(same, place);
    }
    update(same, child);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** What stands for a new node already: with a key whoever has it, without one whatever of its kind is at its place. */
function find(place, child) {
  const key = keyOf(child);
  if (key === undefined) {
    return place && keyOf(place) === undefined && place.nodeName === child.nodeName ? place : null;
  }
  while (place && (keyOf(place) !== key || place.nodeName !== child.nodeName)) {
    place = place.nextSibling;
  }
  return place;
}

function update(old, fresh) {
  if (old === fresh) {
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) {
      old.data = fresh.data;
    }
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== 'style' && !fresh.hasAttribute(name)) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== 'style' && old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  old.style.cssText = fresh.style.cssText; // the property: the content security policy refuses the attribute
  for (const name of handlers) {
    old[name] = fresh[name];
  }
  arrange(old, fresh);
}
