using System.Runtime.InteropServices;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>Rebuilds bodies of texts from a plan.</summary>
internal sealed class SnapshotBodies(SnapshotPlan plan, int[] scalars, Cid[] cids)
{
    private readonly SnapshotPlan _plan = plan;
    private readonly int[] _scalars = scalars;
    private readonly Cid[] _cids = cids;
    private readonly uint[] _dictionary = new uint[cids.Length];
    private readonly List<BodyRange> _ranges = [];
    private readonly List<BodyElement> _extras = [];
    private byte[] _text = new byte[256];

    /// <summary>Items written at most, counted roughly.</summary>
    public int Items { get; private set; }

    /// <summary>Writes the body; false when it is not one an event can have.</summary>
    public bool Write(DagCborWriter writer, int position, SnapshotEvent planned)
    {
        int direct = (planned.HasPrevious ? 1 : 0) + planned.DependencyCount;
        Span<int> links = CollectionsMarshal.AsSpan(_plan.Links).Slice(planned.LinkStart, direct + planned.ReferenceCount);
        Items = 64 + links.Length;
        _dictionary[position] = 0;
        for (int i = 0; i < links.Length; i++)
        {
            _dictionary[links[i]] = (uint)i + 1;
        }

        writer.WriteMapStart((planned.RemovalCount > 0 ? 1 : 0) + (planned.RunCount > 0 ? 1 : 0) + (planned.ReferenceCount > 0 ? 1 : 0) + (planned.IsUnique ? 1 : 0));
        if (!WriteRemovals(writer, planned) || !WriteRuns(writer, position, planned))
        {
            return false;
        }

        if (planned.ReferenceCount > 0)
        {
            writer.WriteText("refs"u8);
            writer.WriteArrayStart(planned.ReferenceCount);
            foreach (int link in links[direct..])
            {
                writer.WriteCid(_cids[link]);
            }
        }

        if (planned.IsUnique)
        {
            writer.WriteText("uniq"u8);
            writer.WriteBool(true);
        }

        return true;
    }

    private bool WriteRemovals(DagCborWriter writer, SnapshotEvent planned)
    {
        if (planned.RemovalCount == 0)
        {
            return true;
        }

        _ranges.Clear();
        foreach (EventRemoval removal in CollectionsMarshal.AsSpan(_plan.Removals).Slice(planned.RemovalStart, planned.RemovalCount))
        {
            _ranges.Add(new BodyRange(new BodyElement(_dictionary[removal.Event], (uint)removal.Offset), (uint)removal.Count));
        }

        _ranges.Sort(static (a, b) => a.First.CompareTo(b.First));
        Items += 4 * _ranges.Count;
        writer.WriteText("del"u8);
        writer.WriteArrayStart(_ranges.Count);
        BodyRange before = new(new BodyElement(uint.MaxValue, 0), 0);
        foreach (BodyRange range in CollectionsMarshal.AsSpan(_ranges))
        {
            if (range.First.Event == before.First.Event && range.First.Offset <= before.First.Offset + before.Count)
            {
                return false;
            }

            before = range;
            writer.WriteArrayStart(3);
            WriteElement(writer, range.First);
            writer.WriteUInt(range.Count);
        }

        return true;
    }

    private bool WriteRuns(DagCborWriter writer, int position, SnapshotEvent planned)
    {
        if (planned.RunCount == 0)
        {
            return true;
        }

        writer.WriteText("ins"u8);
        writer.WriteArrayStart(planned.RunCount);
        foreach (SnapshotRun run in CollectionsMarshal.AsSpan(_plan.Runs).Slice(planned.RunStart, planned.RunCount))
        {
            writer.WriteArrayStart((run.Kind == 0 ? 2 : 4) + (run.ExtrasCount >= 0 ? 1 : 0));
            writer.WriteUInt((ulong)run.Kind);
            if (run.Kind != 0)
            {
                WriteElement(writer, Name(run.Anchor));
            }

            WriteText(writer, position, run);
            if (run.ExtrasCount >= 0 && !WriteExtras(writer, run))
            {
                return false;
            }

            Items += 5 + (3 * (run.ExtrasCount + 1));
        }

        return true;
    }

    private void WriteText(DagCborWriter writer, int position, SnapshotRun run)
    {
        int length = 0;
        if (_text.Length < run.Count * 4)
        {
            _text = new byte[run.Count * 4];
        }

        for (int offset = run.Offset, end = offset + run.Count; offset < end;)
        {
            int element = _plan.Numbers.Stretch(position, offset, out int stretch);
            stretch = Math.Min(stretch, end - offset);
            foreach (int scalar in _scalars.AsSpan(element, stretch))
            {
                if (scalar < 0x80)
                {
                    _text[length++] = (byte)scalar;
                }
                else
                {
                    length += new System.Text.Rune(scalar).EncodeToUtf8(_text.AsSpan(length));
                }
            }

            offset += stretch;
        }

        writer.WriteText(_text.AsSpan(0, length));
    }

    private bool WriteExtras(DagCborWriter writer, SnapshotRun run)
    {
        _extras.Clear();
        foreach (SnapshotName extra in CollectionsMarshal.AsSpan(_plan.Extras).Slice(run.ExtrasStart, run.ExtrasCount))
        {
            _extras.Add(Name(extra));
        }

        _extras.Sort();
        writer.WriteArrayStart(_extras.Count);
        for (int i = 0; i < _extras.Count; i++)
        {
            if (i > 0 && _extras[i - 1] == _extras[i])
            {
                return false;
            }

            writer.WriteArrayStart(2);
            WriteElement(writer, _extras[i]);
        }

        return true;
    }

    private BodyElement Name(SnapshotName name) => new(_dictionary[name.Event], (uint)name.Offset);

    private static void WriteElement(DagCborWriter writer, BodyElement element)
    {
        writer.WriteUInt(element.Event);
        writer.WriteUInt(element.Offset);
    }
}
