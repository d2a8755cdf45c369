// Keeps an editor and a document of the node equal. The node orders all changes; this side
//   base    – the text as the node last told it,
//   sent    – one edit that is on its way, in the words of base,
//   typed   – what was typed since, in the words of base and sent,
// and what the editor shows is always base, sent, typed. A change from the node is moved under what is not there yet. The node rebases an edit
// itself and tells what became of it; that word counts, so the two sides cannot drift apart even where they would have moved a change differently.
import { ChangeSet, Text } from './vendor/codemirror.js';

/** Splices that follow each other, as one change. */
export function compose(length, splices) {
  let all = ChangeSet.empty(length);
  for (const [from, to, insert] of splices) {
    all = all.compose(ChangeSet.of({ from, to, insert: Text.of(insert.split('\n')) }, all.newLength));
  }
  return all;
}

/** A change as the node wants it: places of the text before, ascending. */
export function spread(changes) {
  const list = [];
  changes.iterChanges((from, to, fromNew, toNew, inserted) => list.push([from, to, inserted.sliceString(0, inserted.length, '\n')]));
  return list;
}

/** The smallest single change between two texts. */
export function difference(before, after) {
  const max = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < max && before[prefix] === after[prefix]) {
    prefix++;
  }
  let suffix = 0;
  while (suffix < max - prefix && before[before.length - 1 - suffix] === after[after.length - 1 - suffix]) {
    suffix++;
  }
  if (prefix > 0 && isHigh(before.charCodeAt(prefix - 1))) {
    prefix--;
  }
  if (suffix > 0 && isLow(before.charCodeAt(before.length - suffix))) {
    suffix--;
  }
  return ChangeSet.of({ from: prefix, to: before.length - suffix, insert: Text.of(after.slice(prefix, after.length - suffix).split('\n')) }, before.length);
}

/** What a change writes, without where. */
export const written = changes => spread(changes).map(([, , insert]) => insert).filter(insert => insert !== '').join('\n');

const placesMax = 10_000; // the node takes no more in one message
const placeRoom = 7; // brackets and two numbers, counted as units

/** As much of a change as fits into a message of so many bytes, and the rest as a change of what is then there, or null. A unit is at most six bytes. */
export function cut(changes, bytesMax) {
  const first = [];
  const rest = [];
  let room = Math.floor((bytesMax - 200) / 6);
  let moved = 0;
  for (const [from, to, insert] of spread(changes)) {
    const fits = rest.length > 0 || first.length === placesMax ? -1 : whole(insert, room - placeRoom);
    if (fits < 0) {
      rest.push({ from: from + moved, to: to + moved, insert: Text.of(insert.split('\n')) });
      continue;
    }
    first.push({ from, to, insert: Text.of(insert.slice(0, fits).split('\n')) });
    moved += fits - (to - from);
    room -= placeRoom + fits;
    if (fits < insert.length) {
      rest.push({ from: to + moved, to: to + moved, insert: Text.of(insert.slice(fits).split('\n')) });
    }
  }
  if (rest.length === 0) {
    return [changes, null];
  }
  const now = ChangeSet.of(first, changes.length);
  return [now, ChangeSet.of(rest, now.newLength)];
}

/** How many units of a text to take, at most so many and no half character; -1 when there is room for none of it. */
function whole(text, max) {
  const length = text.length <= max ? text.length : max > 0 && isHigh(text.charCodeAt(max - 1)) ? max - 1 : max;
  return length > 0 || (length === 0 && text === '') ? length : -1;
}

const isHigh = unit => unit >= 0xd800 && unit < 0xdc00;
const isLow = unit => unit >= 0xdc00 && unit < 0xe000;

const keptMax = 64;

export class Collab {
  /** @param send is given each message; @param show is given each change of the shown text. */
  constructor(send, show) {
    this.send = send;
    this.show = show;
    this.base = Text.empty;
    this.version = null;
    this.sent = null;
    this.typed = null;
    this.number = 0;
    this.bytesMax = 0;
    this.kept = new Map(); // what the last own edits wrote, by number: the node may still take them back
  }

  /** Whether everything typed here is in the document. */
  get settled() {
    return !this.sent && !this.typed;
  }

  /** The person typed. */
  type(changes) {
    this.typed = this.typed ? this.typed.compose(changes) : changes;
    this.flush();
  }

  flush() {
    if (!this.sent && this.typed && this.version !== null) {
      [this.sent, this.typed] = cut(this.typed, this.bytesMax);
      this.number++;
      this.send({ t: 'edit', n: this.number, v: this.version, c: spread(this.sent) });
    }
  }

  /**
   * The node does not take an edit. What of it is still shown, and what was typed behind it, is taken back, so that the editor shows the text again.
   * Returns what was written in it.
   */
  refuse(number) {
    if (this.sent && number === this.number) {
      return this.giveUp();
    }
    const text = this.kept.get(number) ?? ''; // it was in the text, and the node takes it out itself
    this.kept.delete(number);
    return text;
  }

  /** Takes back whatever is not in the document, and returns it. */
  giveUp() {
    const local = this.local;
    this.sent = null;
    this.typed = null;
    if (local) {
      this.show(local.invert(this.base));
    }
    return local ? written(local) : '';
  }

  /** Something here went wrong: what is shown, whatever it is, will be made the text by the next connection. Returns what may be lost by that. */
  reset(shown) {
    const local = this.local;
    this.base = shown;
    this.sent = null;
    this.typed = null;
    return local ? written(local) : '';
  }

  /** Everything typed that is not known to be in, as one change of the text. */
  get local() {
    return this.sent && this.typed ? this.sent.compose(this.typed) : this.sent ?? this.typed;
  }

  /** The connection is gone: what is not known to be in is kept for the next one. */
  lost() {
    this.version = null;
  }

  receive(message) {
    if (message.t === 'hello') {
      this.start(message);
    } else if (message.t === 'text') {
      for (const run of message.r) {
        this.apply(compose(this.base.length, run.c), run.n === this.number && this.sent !== null);
      }
      if (this.base.length !== message.len) {
        throw new Error(`the text has ${this.base.length} units here and ${message.len} there`);
      }
      this.version = message.v;
    }
    this.flush();
  }

  /** The first word of a connection. What was typed before it is moved onto the text as it is now. */
  start(message) {
    const local = this.local;
    const change = difference(this.base.toString(), message.text);
    this.bytesMax = message.max;
    this.sent = null;
    this.typed = local;
    this.apply(change, false);
    this.version = message.v;
  }

  /** One change of the node: another's, or what became of the edit on its way. */
  apply(change, own) {
    if (own) {
      // Ours as it was, in almost every case: then nothing moves on the screen.
      const correction = this.sent.invert(this.base).compose(change);
      const expected = this.sent.apply(this.base);
      this.base = change.apply(this.base);
      this.keep(written(this.sent));
      this.sent = null;
      if (!this.base.eq(expected)) {
        this.move(correction);
      }
      return;
    }
    this.base = change.apply(this.base);
    if (this.sent) {
      const under = change.map(this.sent, false);
      this.sent = this.sent.map(change, true);
      this.move(under);
    } else {
      this.move(change);
    }
  }

  keep(text) {
    this.kept.set(this.number, text);
    this.kept.delete(this.number - keptMax);
  }

  move(change) {
    if (this.typed) {
      const under = change.map(this.typed, false);
      this.typed = this.typed.map(change, true);
      this.show(under);
    } else {
      this.show(change);
    }
  }
}
