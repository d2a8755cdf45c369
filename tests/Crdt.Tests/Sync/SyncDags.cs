using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>DAGs as busy replicas write them.</summary>
internal static class SyncDags
{
    /// <summary>Authors take turns at random; each has usually seen what was written a few events ago.</summary>
    /// <returns>Events in causal order.</returns>
    public static List<Event> Busy(int events, int authors, ulong seed, int bodyBytes = 60)
    {
        SeededChance chance = new(seed);
        Author[] writers = [.. Enumerable.Range(0, authors).Select(static i => new Author(100 + i))];
        Event?[] tips = new Event?[authors];
        Event?[] seen = new Event?[authors]; // the newest event of others each has cited
        List<Event> all = new(events);
        for (int i = 0; i < events; i++)
        {
            int who = chance.Below(authors);
            Event? dep = null;
            if (all.Count > 0 && chance.Below(3) > 0)
            {
                Event recent = all[Math.Max(0, all.Count - 1 - chance.Below(2 * authors))];
                bool isNew = !recent.Author.Span.SequenceEqual(writers[who].Key.Span) && (seen[who] is null || recent.Height > seen[who]!.Height)
                    && recent.Height > (tips[who]?.Height ?? 0);
                dep = isNew ? recent : null;
            }

            Event written = writers[who].Write(tips[who], dep is null ? [] : [dep], draft =>
            {
                draft.At = 1_700_000_000_000 + (ulong)all.Count;
                draft.Body = Body(bodyBytes, chance);
            });
            tips[who] = written;
            seen[who] = dep ?? seen[who];
            all.Add(written);
        }

        return all;
    }

    /// <summary>A chain of one author in which one event is badly signed and its successor vouches for it.</summary>
    public static List<Event> ChainWithBadSignatures(int events, int bad)
    {
        Author author = new(7);
        List<Event> chain = [];
        for (int i = 0; i < events; i++)
        {
            Event next = author.Write(chain.LastOrDefault());
            chain.Add(i == bad ? Forged(next) : next);
        }

        return chain;
    }

    /// <summary>The same event with a signature of zeros.</summary>
    public static Event Forged(Event good)
    {
        byte[] bytes = good.Bytes.ToArray();
        int at = bytes.AsSpan().IndexOf(good.Signature.Span);
        bytes.AsSpan(at, 64).Clear();
        return EventCodec.TryDecode(bytes, default, out Event? forged, out _) ? forged! : throw new InvalidOperationException("Not an event.");
    }

    /// <summary>A body with text of a length.</summary>
    public static byte[] Body(int bytes, IChance chance)
    {
        byte[] body = new byte[bytes + 5];
        body[0] = 0xa1; // one key
        body[1] = 0x61;
        body[2] = (byte)'x';
        body[3] = 0x78;
        body[4] = (byte)bytes;
        for (int i = 5; i < body.Length; i++)
        {
            body[i] = (byte)('a' + chance.Below(26));
        }

        return body;
    }
}
