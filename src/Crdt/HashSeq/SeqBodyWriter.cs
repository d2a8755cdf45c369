using System.Runtime.InteropServices;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Writes buffered edits as one body: as many as the limits of an event allow, insertions before removals. Two passes: the
/// first finds which events are cited, since references are sorted before anything can be numbered.
/// </summary>
/// <remarks>Spec: hashseq, section 8.</remarks>
internal sealed class SeqBodyWriter(ElementTree tree, EventTable events)
{
    /// <summary>Below the limit of a body, so that what is counted only roughly never matters.</summary>
    private const int TextBytesMax = 160 * 1024;

    private const int ItemsMax = 56_000;

    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly DagCborWriter _writer = new();
    private readonly Dictionary<int, uint> _numbers = []; // event -> dictionary index
    private readonly List<(Cid Cid, int Event)> _references = [];
    private readonly List<(int Event, int Offset, int Count)> _parts = [];
    private readonly List<BodyRange> _ranges = [];
    private readonly List<BodyElement> _extras = [];
    private char[] _chars = new char[256];
    private int _items;
    private int _bytes;

    /// <summary>Runs taken, the last of them perhaps in part.</summary>
    public int RunsTaken { get; private set; }

    /// <summary>Elements taken of the last run that was taken.</summary>
    public int LastRunCount { get; private set; }

    /// <summary>Removed intervals taken.</summary>
    public int RemovalsTaken { get; private set; }

    /// <summary>What was taken of removals: offsets of events, by event number.</summary>
    public IReadOnlyList<(int Event, int Offset, int Count)> RemovedParts => _parts;

    /// <summary>Numbers of the events the body was written under: links and references.</summary>
    public void CopyLinks(List<int> links)
    {
        links.Clear();
        foreach ((int number, uint index) in _numbers)
        {
            if (index > 0)
            {
                links.Add(number);
            }
        }
    }

    public byte[] Write(PendingEdits pending, AppendContext context)
    {
        Begin(pending, context);
        Plan(pending);
        Number(context);
        _writer.Clear();
        CollectRanges();
        int keys = (_ranges.Count > 0 ? 1 : 0) + (RunsTaken > 0 ? 1 : 0) + (_references.Count > 0 ? 1 : 0) + (pending.IsUnique ? 1 : 0);
        _writer.WriteMapStart(keys);
        WriteRemovals();
        WriteRuns(pending);
        WriteReferences();
        if (pending.IsUnique)
        {
            _writer.WriteText("uniq"u8);
            _writer.WriteBool(true);
        }

        return _writer.ToArray();
    }

    private void Begin(PendingEdits pending, AppendContext context)
    {
        _numbers.Clear();
        _references.Clear();
        _parts.Clear();
        _items = 16;
        _bytes = 0;
        if (pending.Event >= 0)
        {
            _numbers.Add(pending.Event, 0);
        }

        uint next = 1;
        if (!context.Previous.IsNone)
        {
            Know(context.Previous, next++);
        }

        for (int i = 0; i < context.Dependencies.Count; i++)
        {
            Know(context.Dependencies[i], next++);
        }
    }

    private void Know(Cid cid, uint index)
    {
        if (_events.TryGet(cid, out int number))
        {
            _numbers.Add(number, index);
        }
    }

    private void Plan(PendingEdits pending)
    {
        RunsTaken = 0;
        RemovalsTaken = 0;
        foreach (PendingRun run in CollectionsMarshal.AsSpan(pending.Runs))
        {
            if (!PlanRun(run))
            {
                return;
            }

            RunsTaken++;
            if (LastRunCount < run.Count)
            {
                return;
            }
        }

        foreach ((int start, int count) in CollectionsMarshal.AsSpan(pending.Removals))
        {
            if (!PlanRemoval(start, count))
            {
                return;
            }

            RemovalsTaken++;
        }
    }

    private bool PlanRun(PendingRun run)
    {
        ReadOnlySpan<int> extras = _tree.Runs.Extras(run.Extras);
        int citedBefore = _references.Count;
        int room = (TextBytesMax - _bytes) / 4; // a scalar is at most four bytes
        _items += 7 + (3 * extras.Length);
        if (room < 1 || _items > ItemsMax || !Cite(run.Slot.Anchor) || !CiteAll(extras))
        {
            Forget(citedBefore);
            return false;
        }

        LastRunCount = Math.Min(run.Count, room);
        _bytes += (LastRunCount * 4) + 16 + (12 * extras.Length);
        return true;
    }

    private bool PlanRemoval(int start, int count)
    {
        int citedBefore = _references.Count;
        int partsBefore = _parts.Count;
        for (int at = start; at < start + count;)
        {
            (int number, int offset) = _events.VisibleIntroduction(at, _numbers, out int end);
            int take = Math.Min(end, start + count) - at;
            _items += 4;
            _bytes += 16;
            if (_items > ItemsMax || _bytes > TextBytesMax || !CiteEvent(number))
            {
                Forget(citedBefore);
                _parts.RemoveRange(partsBefore, _parts.Count - partsBefore);
                return false;
            }

            _parts.Add((number, offset, take));
            at += take;
        }

        return true;
    }

    private bool CiteAll(ReadOnlySpan<int> extras)
    {
        foreach (int extra in extras)
        {
            if (extra > 0 && !Cite(extra))
            {
                return false;
            }
        }

        return true;
    }

    private bool Cite(int element) => element == 0 || CiteEvent(_events.VisibleIntroduction(element, _numbers, out _).Event);

    private bool CiteEvent(int number)
    {
        if (_numbers.ContainsKey(number))
        {
            return true;
        }

        Core.Runtime.Invariant.Check(number >= 0, "a local edit names an element of no visible event");
        _references.Add((_events.CidOf(number), number));
        _numbers.Add(number, uint.MaxValue);
        return _references.Count <= EventLimits.ReferencesMax;
    }

    private void Forget(int references)
    {
        for (int i = references; i < _references.Count; i++)
        {
            _numbers.Remove(_references[i].Event);
        }

        _references.RemoveRange(references, _references.Count - references);
    }

    private void Number(AppendContext context)
    {
        _references.Sort(static (a, b) => a.Cid.CompareTo(b.Cid));
        uint next = (context.Previous.IsNone ? 1u : 2u) + (uint)context.Dependencies.Count;
        foreach ((_, int number) in CollectionsMarshal.AsSpan(_references))
        {
            _numbers[number] = next++;
        }
    }

    private void CollectRanges()
    {
        _ranges.Clear();
        foreach ((int number, int offset, int count) in CollectionsMarshal.AsSpan(_parts))
        {
            _ranges.Add(new BodyRange(new BodyElement(_numbers[number], (uint)offset), (uint)count));
        }

        _ranges.Sort(static (a, b) => a.First.CompareTo(b.First));
        int kept = 0;
        for (int i = 0; i < _ranges.Count; i++)
        {
            BodyRange range = _ranges[i];
            if (kept > 0 && _ranges[kept - 1] is var last && last.First.Event == range.First.Event && range.First.Offset <= last.First.Offset + last.Count)
            {
                _ranges[kept - 1] = last with { Count = Math.Max(last.Count, range.First.Offset + range.Count - last.First.Offset) };
            }
            else
            {
                _ranges[kept++] = range;
            }
        }

        _ranges.RemoveRange(kept, _ranges.Count - kept);
    }

    private void WriteRemovals()
    {
        if (_ranges.Count == 0)
        {
            return;
        }

        _writer.WriteText("del"u8);
        _writer.WriteArrayStart(_ranges.Count);
        foreach (BodyRange range in CollectionsMarshal.AsSpan(_ranges))
        {
            _writer.WriteArrayStart(3);
            WriteElement(range.First);
            _writer.WriteUInt(range.Count);
        }
    }

    private void WriteRuns(PendingEdits pending)
    {
        if (RunsTaken == 0)
        {
            return;
        }

        _writer.WriteText("ins"u8);
        _writer.WriteArrayStart(RunsTaken);
        int previous = 0;
        for (int i = 0; i < RunsTaken; i++)
        {
            PendingRun run = pending.Runs[i];
            bool explicitExtras = CollectExtras(run, previous);
            int kind = run.Slot.Anchor == 0 ? 0 : run.Slot.IsLeft ? 2 : 1;
            _writer.WriteArrayStart((kind == 0 ? 2 : 4) + (explicitExtras ? 1 : 0));
            _writer.WriteUInt((ulong)kind);
            if (kind != 0)
            {
                WriteElement(Name(run.Slot.Anchor));
            }

            int count = i == RunsTaken - 1 ? LastRunCount : run.Count;
            WriteText(run.Start, count);
            if (explicitExtras)
            {
                WriteExtras();
            }

            previous = run.Start + count - 1;
        }
    }

    /// <summary>Names the extra dependencies; false when they are the default and must be left out.</summary>
    private bool CollectExtras(PendingRun run, int previous)
    {
        ReadOnlySpan<int> extras = _tree.Runs.Extras(run.Extras);
        if (!extras.IsEmpty && extras[0] < 0)
        {
            extras = extras[1..]; // the salt follows from the event
        }

        int assumed = previous == run.Slot.Anchor ? 0 : previous;
        if (assumed == 0 ? extras.IsEmpty : extras.Length == 1 && extras[0] == assumed)
        {
            return false;
        }

        _extras.Clear();
        foreach (int extra in extras)
        {
            _extras.Add(Name(extra));
        }

        _extras.Sort();
        return true;
    }

    private void WriteExtras()
    {
        _writer.WriteArrayStart(_extras.Count);
        foreach (BodyElement extra in CollectionsMarshal.AsSpan(_extras))
        {
            _writer.WriteArrayStart(2);
            WriteElement(extra);
        }
    }

    private BodyElement Name(int element)
    {
        (int number, int offset) = _events.VisibleIntroduction(element, _numbers, out _);
        return new BodyElement(_numbers[number], (uint)offset);
    }

    private void WriteElement(BodyElement element)
    {
        _writer.WriteUInt(element.Event);
        _writer.WriteUInt(element.Offset);
    }

    private void WriteText(int start, int count)
    {
        int units = _tree.Text.Units(start, count);
        if (_chars.Length < units)
        {
            _chars = new char[Math.Max(units, _chars.Length * 2)];
        }

        _tree.Text.CopyTo(start, count, _chars);
        _writer.WriteText(_chars.AsSpan(0, units));
    }

    private void WriteReferences()
    {
        if (_references.Count == 0)
        {
            return;
        }

        _writer.WriteText("refs"u8);
        _writer.WriteArrayStart(_references.Count);
        foreach ((Cid cid, _) in CollectionsMarshal.AsSpan(_references))
        {
            _writer.WriteCid(cid);
        }
    }
}
