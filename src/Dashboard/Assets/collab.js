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

const isHigh = unit => unit >= 0xd800 && unit < 0xdc00;
const isLow = unit => unit >= 0xdc00 && unit < 0xe000;

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
      this.sent = this.typed;
      this.typed = null;
      this.number++;
      this.send({ t: 'edit', n: this.number, v: this.version, c: spread(this.sent) });
    }
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
    const local = this.sent && this.typed ? this.sent.compose(this.typed) : this.sent ?? this.typed;
    const change = difference(this.base.toString(), message.text);
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
