using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>From the sections of a snapshot to a verified text. Never throws on their content.</summary>
internal sealed class SnapshotImporter(Cid document, SnapshotOptions options, Func<Event, bool> verify)
{
    private readonly Cid _document = document;
    private readonly SnapshotOptions _options = options;
    private readonly Func<Event, bool> _verify = verify;

    /// <summary>Imports.</summary>
    /// <param name="sections">All sections, unpacked.</param>
    /// <param name="text">The first one.</param>
    /// <param name="imported">The result when it is valid.</param>
    public SnapshotStatus Import(ReadOnlyMemory<byte>[] sections, string text, out SeqImport? imported)
    {
        imported = null;
        int signatures = sections[(int)SnapshotSection.Signatures].Length;
        int eventCount = signatures / EventLimits.SignatureBytes;
        ReadOnlyMemory<byte> removed = sections[(int)SnapshotSection.Removed];
        if (signatures % EventLimits.SignatureBytes != 0 || eventCount != sections[(int)SnapshotSection.Flags].Length
            || !System.Text.Unicode.Utf8.IsValid(removed.Span)
            || SnapshotTables.TryRead(sections) is not { } tables)
        {
            return SnapshotStatus.Encoding;
        }

        int[] visible = Scalars(sections[(int)SnapshotSection.Text].Span);
        int[] dead = Scalars(removed.Span);
        SnapshotPlanReader reader = new(sections, (tables.Authors.Count, tables.Types.Count), visible.Length + dead.Length);
        if (reader.Read(eventCount) is not { } plan || Place(plan, visible, dead) is not { } scalars)
        {
            return SnapshotStatus.Encoding;
        }

        SnapshotBlocks blocks = new(_document, plan, tables, (scalars, sections[(int)SnapshotSection.Signatures]));
        List<Event> events = new(eventCount);
        SnapshotStatus status = Rebuild(plan, blocks, events);
        if (status != SnapshotStatus.Valid)
        {
            return status;
        }

        Sequence sequence = new(_document);
        foreach (Event rebuilt in events)
        {
            sequence.ApplyNew(rebuilt);
        }

        if (sequence.Length != text.Length || !string.Equals(sequence.GetText(), text, StringComparison.Ordinal))
        {
            return SnapshotStatus.Text;
        }

        imported = new SeqImport(sequence, events);
        return SnapshotStatus.Valid;
    }

    private static int[] Scalars(ReadOnlySpan<byte> utf8)
    {
        int[] scalars = new int[Utf8Scalars.Count(utf8)];
        Utf8Scalars.Decode(utf8, scalars);
        return scalars;
    }

    /// <summary>The scalar of every element: visible ones come in document order, the others in the order of their numbers.</summary>
    private static int[]? Place(SnapshotPlan plan, int[] visible, int[] dead)
    {
        int count = plan.Numbers.Count;
        BitTree alive = new();
        alive.AddRange(1, count - 1);
        Remove(plan, alive);
        int[] scalars = new int[count];
        int at = 0;
        foreach ((int start, int end) in new SnapshotWalk(plan.Slots).Run())
        {
            for (int element = alive.Ceiling(start); element >= 0 && element < end; element = alive.Ceiling(element))
            {
                int run = alive.RunLength(element, end - element);
                if (run > visible.Length - at)
                {
                    return null;
                }

                visible.AsSpan(at, run).CopyTo(scalars.AsSpan(element));
                at += run;
                element += run;
            }
        }

        int rest = 0;
        for (int element = 1; element < count && at == visible.Length;)
        {
            int next = alive.Ceiling(element);
            next = next < 0 ? count : next;
            if (next - element > dead.Length - rest)
            {
                return null;
            }

            dead.AsSpan(rest, next - element).CopyTo(scalars.AsSpan(element));
            rest += next - element;
            element = next + (next < count ? alive.RunLength(next, count - next) : 0);
        }

        return at == visible.Length && rest == dead.Length ? scalars : null;
    }

    /// <summary>Ranges are merged before they are looked up: a thousand removals of one long text cost as much as one.</summary>
    private static void Remove(SnapshotPlan plan, BitTree alive)
    {
        EventRemoval[] removals = [.. plan.Removals];
        Array.Sort(removals);
        int number = -1;
        int reached = 0;
        foreach (EventRemoval removal in removals)
        {
            reached = removal.Event == number ? reached : 0;
            number = removal.Event;
            int end = removal.Offset + removal.Count;
            for (int offset = Math.Max(removal.Offset, reached); offset < end;)
            {
                int element = plan.Numbers.Stretch(number, offset, out int stretch);
                stretch = Math.Min(stretch, end - offset);
                alive.RemoveRange(element, stretch);
                offset += stretch;
            }

            reached = Math.Max(reached, end);
        }
    }

    private SnapshotStatus Rebuild(SnapshotPlan plan, SnapshotBlocks blocks, List<Event> events)
    {
        bool[] vouched = new bool[plan.Events.Count];
        long bytes = 0;
        for (int i = 0; i < plan.Events.Count; i++)
        {
            SnapshotEvent planned = plan.Events[i];
            if (blocks.Build(i) is not { } rebuilt)
            {
                return SnapshotStatus.Event;
            }

            bytes += rebuilt.Bytes.Length;
            if (bytes > _options.BlockBytesMax)
            {
                return SnapshotStatus.Limit;
            }

            bool ascends = i == 0 || events[^1].Height < rebuilt.Height
                || (events[^1].Height == rebuilt.Height && events[^1].Cid.CompareTo(rebuilt.Cid) < 0);
            if (!ascends)
            {
                return SnapshotStatus.Encoding;
            }

            if (planned.HasPrevious)
            {
                vouched[plan.Links[planned.LinkStart]] = true;
            }

            events.Add(rebuilt);
        }

        for (int i = 0; i < vouched.Length; i++)
        {
            if (!vouched[i] && !_verify(events[i]))
            {
                return SnapshotStatus.Signature;
            }
        }

        return SnapshotStatus.Valid;
    }
}
