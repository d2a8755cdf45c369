using System.Runtime.InteropServices;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>Rebuilds event blocks from a plan, byte for byte: canonical DAG-CBOR leaves no choice.</summary>
internal sealed class SnapshotBlocks
{
    /// <summary>Events that may hold more items than a block can are decoded again, which counts them exactly.</summary>
    private const int ItemsSure = 60_000;

    private readonly Cid _document;
    private readonly SnapshotPlan _plan;
    private readonly SnapshotTables _tables;
    private readonly ReadOnlyMemory<byte> _signatures;
    private readonly SnapshotBodies _bodies;
    private readonly Cid[] _cids;
    private readonly DagCborWriter _writer = new(4096);

    public SnapshotBlocks(Cid document, SnapshotPlan plan, SnapshotTables tables, (int[] Scalars, ReadOnlyMemory<byte> Signatures) content)
    {
        _document = document;
        _plan = plan;
        _tables = tables;
        _signatures = content.Signatures;
        _cids = new Cid[plan.Events.Count];
        _bodies = new SnapshotBodies(plan, content.Scalars, _cids);
    }

    /// <summary>The event, whose links were all built before; null when no such event can be.</summary>
    public Event? Build(int position)
    {
        SnapshotEvent planned = _plan.Events[position];
        Span<int> links = CollectionsMarshal.AsSpan(_plan.Links)[planned.LinkStart..];
        int previous = planned.HasPrevious ? 1 : 0;
        SortByCid(links.Slice(previous, planned.DependencyCount));
        SortByCid(links.Slice(previous + planned.DependencyCount, planned.ReferenceCount));
        Cid[] dependencies = Cids(links.Slice(previous, planned.DependencyCount));
        int signatureStart = WriteHead(position, planned);
        int bodyStart = _writer.Length;
        if (planned.Type >= 0)
        {
            _writer.WriteRaw(planned.Body.Span);
        }
        else if (!_bodies.Write(_writer, position, planned))
        {
            return null;
        }

        int bodyLength = _writer.Length - bodyStart;
        WriteLinks(dependencies, previous > 0 ? _cids[links[0]] : default);
        byte[] block = _writer.ToArray();
        if (block.Length > EventLimits.BlockBytesMax || bodyLength > EventLimits.BodyBytesMax)
        {
            return null;
        }

        if (planned.Type >= 0 || _bodies.Items > ItemsSure)
        {
            return Decode(block, position, planned);
        }

        _cids[position] = Cid.ForDagCbor(block);
        return new Event
        {
            Cid = _cids[position],
            Document = _document,
            Author = _tables.Authors[planned.Author],
            Sequence = planned.Sequence,
            Previous = previous > 0 ? _cids[links[0]] : default,
            Dependencies = dependencies,
            References = Cids(links.Slice(previous + planned.DependencyCount, planned.ReferenceCount)),
            Height = planned.Height,
            At = planned.At,
            Type = EventTypes.Sequence,
            Body = block.AsMemory(bodyStart, bodyLength),
            Signature = block.AsMemory(signatureStart + EventCodec.SignatureHead.Length, EventLimits.SignatureBytes),
            Bytes = block,
            SignatureOffset = signatureStart,
        };
    }

    /// <summary>Where the signature begins.</summary>
    private int WriteHead(int position, SnapshotEvent planned)
    {
        _writer.Clear();
        _writer.WriteMapStart(11);
        _writer.WriteText("h"u8);
        _writer.WriteUInt(planned.Height);
        _writer.WriteText("t"u8);
        _writer.WriteText(planned.Type < 0 ? SeqRules.TypeName : _tables.Types[planned.Type]);
        _writer.WriteText("v"u8);
        _writer.WriteUInt(EventLimits.Version);
        _writer.WriteText("at"u8);
        _writer.WriteUInt(planned.At);
        _writer.WriteText("by"u8);
        _writer.WriteBytes(_tables.Authors[planned.Author]);
        _writer.WriteText("doc"u8);
        _writer.WriteCid(_document);
        _writer.WriteText("seq"u8);
        _writer.WriteUInt(planned.Sequence);
        int start = _writer.Length;
        _writer.WriteText("sig"u8);
        _writer.WriteBytes(_signatures.Span.Slice(position * EventLimits.SignatureBytes, EventLimits.SignatureBytes));
        _writer.WriteText("body"u8);
        return start;
    }

    private void WriteLinks(Cid[] dependencies, Cid previous)
    {
        _writer.WriteText("deps"u8);
        _writer.WriteArrayStart(dependencies.Length);
        foreach (Cid dependency in dependencies)
        {
            _writer.WriteCid(dependency);
        }

        _writer.WriteText("prev"u8);
        if (previous.IsNone)
        {
            _writer.WriteNull();
        }
        else
        {
            _writer.WriteCid(previous);
        }
    }

    /// <summary>Events of other types are read as from a peer; what they refer to must be here and lower.</summary>
    private Event? Decode(byte[] block, int position, SnapshotEvent planned)
    {
        if (!EventCodec.TryDecode(block, _document, out Event? decoded, out _) || (planned.Type >= 0 && decoded!.Type == SeqRules.TypeName))
        {
            return null;
        }

        foreach (Cid reference in planned.Type >= 0 ? decoded!.References : [])
        {
            int found = Array.IndexOf(_cids, reference, 0, position);
            if (found < 0 || _plan.Events[found].Height >= planned.Height)
            {
                return null;
            }
        }

        _cids[position] = decoded!.Cid;
        return decoded;
    }

    private void SortByCid(Span<int> links)
    {
        if (links.Length > 1)
        {
            links.Sort((a, b) => _cids[a].CompareTo(_cids[b]));
        }
    }

    private Cid[] Cids(Span<int> links)
    {
        Cid[] cids = links.IsEmpty ? [] : new Cid[links.Length];
        for (int i = 0; i < cids.Length; i++)
        {
            cids[i] = _cids[links[i]];
        }

        return cids;
    }
}
