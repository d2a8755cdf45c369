using P2P.Core.Identity;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Snapshots of test events.</summary>
internal static class Snapshots
{
    /// <summary>Imports what was not signed.</summary>
    public static SeqImport Import(byte[] bytes)
    {
        SnapshotLoader loader = new(TestEvents.Document, new SnapshotOptions(), static _ => true);
        Assert.Equal(SnapshotStatus.Valid, loader.Append(bytes));
        Assert.Equal(SnapshotStatus.Valid, loader.Finish(out SeqImport? import));
        return import!;
    }

    /// <summary>A small history with everything in it: two signed authors, aliases, siblings, removals, a merge, a unique insertion,
    /// removals alone that refer to more than they name.</summary>
    public static (Sequence Sequence, List<Event> Events) Signed()
    {
        using PrivateKey first = PrivateKey.FromEd25519Seed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        using PrivateKey second = PrivateKey.FromEd25519Seed([.. Enumerable.Range(32, 32).Select(i => (byte)i)]);
        Chain a = new(new KeySigner(first));
        Chain b = new(new KeySigner(second));
        List<Event> events = [];
        a.Sequence.Insert(0, "hello earth");
        events.Add(a.Cut([]));
        b.Sequence.Insert(0, "hel");
        events.Add(b.Cut([]));
        b.Sequence.Insert(3, "lo mars 😀");
        events.Add(b.Cut([]));
        a.Sequence.Apply(events[1]);
        a.Sequence.Apply(events[2]);
        a.Sequence.Insert(1, "X");
        a.Sequence.Delete(3, 2);
        events.Add(a.Cut([events[2]]));
        Event merge = a.Make("merge", EventDraft.EmptyBody, [events[3], events[2]]);
        b.Sequence.Apply(events[0]);
        b.Sequence.Apply(events[3]);
        b.Sequence.Insert(b.Sequence.Length, "\n- line", InsertOptions.Unique(b.Author.Span, b.NextSequence));
        events.Add(b.Cut([events[3]]));
        events.Add(merge);
        events.Add(b.Make(SeqRules.TypeName, Bodies.Make([], [(1, 0, 1)], [.. new[] { events[0].Cid, events[1].Cid }.Order()]), [events[3]]));
        Sequence all = new(TestEvents.Document);
        events.Sort(static (x, y) => x.Height.CompareTo(y.Height));
        events.ForEach(e => all.Apply(e));
        return (all, events);
    }

    /// <summary>A sequential trace, cut every 256 patches.</summary>
    public static (Sequence Sequence, List<Event> Events) Trace(string name, ISigner signer)
    {
        (string start, _, List<(int Position, int Deleted, string Inserted)> patches) = Traces.Sequential(name);
        Chain chain = new(signer);
        List<Event> events = [];
        chain.Sequence.Insert(0, start);
        for (int i = 0; i < patches.Count; i++)
        {
            Traces.Patch(chain.Sequence, patches[i].Position, patches[i].Deleted, patches[i].Inserted);
            if (i % 256 == 255 || i == patches.Count - 1)
            {
                while (chain.Sequence.HasPending)
                {
                    events.Add(chain.Cut([]));
                }
            }
        }

        return (chain.Sequence, events);
    }

    /// <summary>One author's events.</summary>
    private sealed class Chain(ISigner signer)
    {
        private readonly ISigner _signer = signer;
        private Event? _last;

        public Sequence Sequence { get; } = new(TestEvents.Document);

        public ReadOnlyMemory<byte> Author => _signer.Author;

        public ulong NextSequence => (_last?.Sequence ?? 0) + 1;

        public Event Cut(Event[] seen)
        {
            AppendContext context = Context(seen);
            Event made = Sign(context, SeqRules.TypeName, Sequence.TakeBody(context)!);
            Sequence.Commit(made);
            return _last = made;
        }

        public Event Make(string type, ReadOnlyMemory<byte> body, Event[] seen) => _last = Sign(Context(seen), type, body);

        private Event Sign(AppendContext context, string type, ReadOnlyMemory<byte> body)
        {
            Event? made = EventCodec.Sign(context, new EventDraft { Type = type, Body = body }, 1_700_000_000_000 + context.Height, _signer, out InvalidReason reason);
            Assert.True(made is not null, reason.ToString());
            return made!;
        }

        private AppendContext Context(Event[] seen) => new(
            TestEvents.Document, _signer.Author, NextSequence, _last?.Cid ?? default,
            [.. seen.Select(e => e.Cid).Where(c => c != _last?.Cid).Order()],
            seen.Select(e => e.Height).Append(_last?.Height ?? 0).Max() + 1);
    }
}
