using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Execution;

/// <summary>
/// The events of a document as blocks, and what their artifacts carry inline, under both names it may have. Blocks beside them up to a number of bytes:
/// the oldest of the long ones leave first.
/// </summary>
/// <param name="valueBytesMax">See <see cref="ExecutorOptions.ValueBytesMax"/>.</param>
/// <param name="fetchBytesMax">See <see cref="ExecutorOptions.FetchBytesMax"/>.</param>
internal sealed class RecordSource(long valueBytesMax, int fetchBytesMax) : IContentSource, ISnapshotSet
{
    private readonly MemoryContentSource _blocks = new();

    /// <summary>Digests of contents that the document carries: no second artifact is needed.</summary>
    private readonly HashSet<EventDigest> _carried = [];

    /// <summary>Digests of contents that an artifact names and says to be longer than what anybody can hand over.</summary>
    private readonly HashSet<EventDigest> _unfetchable = [];

    private readonly HashSet<Cid> _snapshots = [];
    private readonly Queue<Cid> _long = [];
    private long _longBytes;

    public bool IsCarried(Cid content) => _carried.Contains(FoldItem.DigestOf(content));

    /// <summary>Whether a value can come from nobody: only who computes it has it.</summary>
    public bool IsUnfetchable(Cid content) => _unfetchable.Contains(FoldItem.DigestOf(content));

    public void Add(Event source, FoldItem item)
    {
        _blocks.Add(source.Cid, source.Bytes);
        if (item.Body is SnapBody)
        {
            _snapshots.Add(source.Cid);
        }
        else if (item.Body is ArtifactBody artifact)
        {
            _carried.Add(item.Key);
            if (artifact.IsInline)
            {
                _blocks.Add(Cid.ForRaw(artifact.Inline.Span), artifact.Inline);
                _blocks.Add(Cid.ForDagCbor(artifact.Inline.Span), artifact.Inline);
            }
            else if (artifact.Size > (ulong)fetchBytesMax)
            {
                _unfetchable.Add(item.Key);
            }
        }
    }

    /// <summary>An event that is visible no more: as a block it stays, as a snapshot it opens no longer.</summary>
    public void Retract(Cid retracted) => _snapshots.Remove(retracted);

    /// <summary>A block that was fetched or made here; the caller has verified its name.</summary>
    public void Add(Cid cid, ReadOnlyMemory<byte> block)
    {
        if (_blocks.TryRead(cid, out _))
        {
            return;
        }

        _blocks.Add(cid, block);
        if (block.Length <= RecordLimits.InlineBytesMax)
        {
            return; // such a one becomes, or was, an artifact of the document
        }

        _long.Enqueue(cid);
        _longBytes += block.Length;
        while (_longBytes > valueBytesMax && _long.Count > 1)
        {
            Cid oldest = _long.Dequeue();
            _longBytes -= _blocks.TryRead(oldest, out ReadOnlyMemory<byte> left) ? left.Length : 0;
            _blocks.Remove(oldest);
        }
    }

    /// <inheritdoc/>
    public bool IsSnapshot(Cid cid) => _snapshots.Contains(cid);

    public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => _blocks.TryRead(cid, out block);
}
