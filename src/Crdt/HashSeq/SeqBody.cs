using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// A decoded body of type <c>seq</c>, reused from event to event. Reading never throws: what is wrong has a reason, and what
/// can be judged from the body alone is judged here. Texts stay in the body bytes.
/// </summary>
/// <remarks>Spec: hashseq, sections 8 and 9.</remarks>
internal sealed class SeqBody
{
    private static readonly DagCborOptions s_options = DagCborOptions.NoFloats;

    private readonly List<BodyRun> _runs = [];
    private readonly List<BodyElement> _extras = [];
    private readonly List<BodyRange> _removals = [];
    private readonly List<Cid> _references = [];

    public IReadOnlyList<BodyRun> Runs => _runs;

    public IReadOnlyList<BodyElement> Extras => _extras;

    public IReadOnlyList<BodyRange> Removals => _removals;

    public IReadOnlyList<Cid> References => _references;

    public bool IsUnique { get; private set; }

    /// <summary>Elements the event introduces.</summary>
    public int ElementCount { get; private set; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Canonical DAG-CBOR map.</param>
    /// <returns>None when it is well formed.</returns>
    public InvalidReason Read(ReadOnlySpan<byte> body)
    {
        _runs.Clear();
        _extras.Clear();
        _removals.Clear();
        _references.Clear();
        IsUnique = false;
        ElementCount = 0;
        if (body.Length > EventLimits.BodyBytesMax)
        {
            return InvalidReason.Limit;
        }

        DagCborReader reader = new(body, s_options);
        InvalidReason reason = reader.TryReadMapStart(out int keys) ? ReadFields(ref reader, body, keys) : InvalidReason.None;
        if (reason == InvalidReason.None && reader.End())
        {
            return InvalidReason.None;
        }

        return reader.Failed ? ReasonOf(reader.Status) : reason == InvalidReason.None ? InvalidReason.Schema : reason;
    }

    private static InvalidReason ReasonOf(DagCborStatus status) => status switch
    {
        DagCborStatus.Utf8 => InvalidReason.Text,
        DagCborStatus.TooDeep or DagCborStatus.TooManyItems or DagCborStatus.TooManyKeys => InvalidReason.Limit,
        _ => InvalidReason.Schema,
    };

    private InvalidReason ReadFields(ref DagCborReader reader, ReadOnlySpan<byte> body, int keys)
    {
        int seen = 0;
        InvalidReason reason = InvalidReason.None;
        if (reader.TryReadKey("del"u8))
        {
            seen++;
            reason = ReadRemovals(ref reader);
        }

        if (reason == InvalidReason.None && reader.TryReadKey("ins"u8))
        {
            seen++;
            reason = ReadRuns(ref reader, body);
        }

        if (reason == InvalidReason.None && seen == 0)
        {
            return InvalidReason.Schema; // nothing inserted, nothing removed
        }

        if (reason == InvalidReason.None && reader.TryReadKey("refs"u8))
        {
            seen++;
            reason = ReadReferences(ref reader);
        }

        if (reason == InvalidReason.None && reader.TryReadKey("uniq"u8))
        {
            seen++;
            reason = reader.TryReadBool(out bool unique) && unique ? InvalidReason.None : InvalidReason.Schema;
            IsUnique = true;
        }

        return reason == InvalidReason.None && seen != keys ? InvalidReason.Schema : reason;
    }

    private InvalidReason ReadRemovals(ref DagCborReader reader)
    {
        if (!reader.TryReadArrayStart(out int count) || count == 0)
        {
            return InvalidReason.Schema;
        }

        ulong end = 0;
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int items) || items != 3)
            {
                return InvalidReason.Schema;
            }

            InvalidReason reason = ReadElement(ref reader, out BodyElement first);
            if (!reader.TryReadUInt(out ulong length) || length == 0)
            {
                return InvalidReason.Schema;
            }

            if (reason != InvalidReason.None || length > int.MaxValue)
            {
                return InvalidReason.Reference;
            }

            // Ascending, disjoint, not adjacent: one form for one set.
            if (i > 0 && (first.Event < _removals[^1].First.Event || (first.Event == _removals[^1].First.Event && first.Offset <= end)))
            {
                return InvalidReason.Schema;
            }

            end = first.Offset + length;
            _removals.Add(new BodyRange(first, (uint)length));
        }

        return InvalidReason.None;
    }

    private InvalidReason ReadRuns(ref DagCborReader reader, ReadOnlySpan<byte> body)
    {
        if (!reader.TryReadArrayStart(out int count) || count == 0)
        {
            return InvalidReason.Schema;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int items) || !reader.TryReadUInt(out ulong kind) || kind > 2)
            {
                return InvalidReason.Schema;
            }

            int needed = kind == 0 ? 2 : 4;
            if (items != needed && items != needed + 1)
            {
                return InvalidReason.Schema;
            }

            InvalidReason reason = ReadRun(ref reader, body, (int)kind, items > needed);
            if (reason != InvalidReason.None)
            {
                return reason;
            }
        }

        return InvalidReason.None;
    }

    private InvalidReason ReadRun(ref DagCborReader reader, ReadOnlySpan<byte> body, int kind, bool hasExtras)
    {
        BodyElement anchor = default;
        InvalidReason reason = kind == 0 ? InvalidReason.None : ReadElement(ref reader, out anchor);
        if (!reader.TryReadText(out ReadOnlySpan<byte> text))
        {
            return InvalidReason.Schema;
        }

        if (text.IsEmpty)
        {
            return InvalidReason.Text;
        }

        int start = reader.Position - text.Length;
        int extrasStart = _extras.Count;
        int extrasCount = -1;
        if (hasExtras)
        {
            InvalidReason extras = ReadExtras(ref reader, out extrasCount);
            reason = reason == InvalidReason.None ? extras : reason;
        }

        _runs.Add(new BodyRun(kind, anchor, start, text.Length, ElementCount, extrasStart, extrasCount));
        ElementCount += Utf8Scalars.Count(body.Slice(start, text.Length));
        return reason;
    }

    private InvalidReason ReadExtras(ref DagCborReader reader, out int count)
    {
        if (!reader.TryReadArrayStart(out count))
        {
            return InvalidReason.Schema;
        }

        if (count > Frontier.ExtrasMax)
        {
            return InvalidReason.Limit;
        }

        InvalidReason reason = InvalidReason.None;
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int items) || items != 2)
            {
                return InvalidReason.Schema;
            }

            InvalidReason element = ReadElement(ref reader, out BodyElement extra);
            if (reader.Failed || (element == InvalidReason.None && i > 0 && extra.CompareTo(_extras[^1]) <= 0))
            {
                return InvalidReason.Schema;
            }

            reason = reason == InvalidReason.None ? element : reason;
            _extras.Add(extra);
        }

        return reason;
    }

    private InvalidReason ReadReferences(ref DagCborReader reader)
    {
        if (!reader.TryReadArrayStart(out int count) || count == 0)
        {
            return InvalidReason.Schema;
        }

        if (count > EventLimits.ReferencesMax)
        {
            return InvalidReason.Limit;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadCid(out Cid reference) || (i > 0 && _references[^1].CompareTo(reference) >= 0))
            {
                return InvalidReason.Schema;
            }

            _references.Add(reference);
        }

        return InvalidReason.None;
    }

    /// <summary>Two numbers. Ones too large to name anything are still numbers: not there, hence Reference, not Schema.</summary>
    private static InvalidReason ReadElement(ref DagCborReader reader, out BodyElement element)
    {
        element = default;
        if (!reader.TryReadUInt(out ulong named) || !reader.TryReadUInt(out ulong offset))
        {
            return InvalidReason.Schema;
        }

        if (named > int.MaxValue || offset > int.MaxValue)
        {
            return InvalidReason.Reference;
        }

        element = new BodyElement((uint)named, (uint)offset);
        return InvalidReason.None;
    }
}
