using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Snapshots;

/// <summary>
/// Takes a snapshot in block by block: says which blocks it wants, shows the text as soon as that is there (what a trusted key says, unverified),
/// and judges everything at the end. Whatever the blocks are, nothing here throws. One owner.
/// </summary>
/// <remarks>Spec: replica, section 13. Fetching is the caller's: any block exchange will do.</remarks>
public sealed class SnapshotIntake
{
    private const int WantedMax = 16;

    private readonly Genesis _genesis;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _trusted;
    private readonly SnapshotOptions _options;
    private readonly SnapshotLoader _loader;
    private readonly Queue<Cid> _parts = [];
    private SnapBody? _body;
    private SnapshotStatus _status = SnapshotStatus.Incomplete;

    /// <summary>Nothing taken yet.</summary>
    /// <param name="genesis">The document.</param>
    /// <param name="snapshot">CID of the <c>snap</c> event.</param>
    /// <param name="trusted">Author keys, in their protobuf form, whose word is shown before it is verified.</param>
    /// <param name="options">Limits; null = defaults.</param>
    public SnapshotIntake(Genesis genesis, Cid snapshot, IReadOnlyList<ReadOnlyMemory<byte>> trusted, SnapshotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(trusted);
        _genesis = genesis;
        _trusted = trusted;
        _options = options ?? new SnapshotOptions();
        _loader = new SnapshotLoader(genesis.Cid, _options);
        Snapshot = snapshot;
        _parts.Enqueue(snapshot);
    }

    /// <summary>CID of the <c>snap</c> event.</summary>
    public Cid Snapshot { get; }

    /// <summary>The signed event, once it was taken: with the data the evidence against whoever lied.</summary>
    public Event? Offer { get; private set; }

    /// <summary>Why it is not believed; None so far.</summary>
    public SnapshotRefusal Refusal { get; private set; }

    /// <summary>The text it shows, unverified; null before it is here and after a refusal.</summary>
    public string? Text => Refusal == SnapshotRefusal.None ? _loader.Text : null;

    /// <summary>Blocks to fetch next, in the order in which they must be added; empty when all are here, or after a refusal.</summary>
    public IReadOnlyList<Cid> Wanted => Refusal == SnapshotRefusal.None ? [.. _parts.Take(WantedMax)] : [];

    /// <summary>Takes the first wanted block.</summary>
    /// <param name="block">Its bytes.</param>
    /// <returns>False when it is another block: the sender's fault, not the snapshot's; ask somebody else.</returns>
    public bool Add(ReadOnlyMemory<byte> block)
    {
        if (Refusal != SnapshotRefusal.None || !_parts.TryPeek(out Cid wanted) || block.Length > SnapshotData.PartBytes || !wanted.Verify(block.Span))
        {
            return false;
        }

        _parts.Dequeue();
        if (Offer is null)
        {
            Refusal = TakeOffer(block);
        }
        else if (wanted.Codec == Cid.DagCborCodec)
        {
            Refusal = TakeList(block.Span);
        }
        else
        {
            _status = _loader.Append(block.Span);
            Refusal = _status is SnapshotStatus.Valid or SnapshotStatus.Incomplete ? SnapshotRefusal.None : Name(_status);
        }

        return true;
    }

    /// <summary>Gives up: blocks are to be had from nobody.</summary>
    public void Abandon() => Refusal = Refusal == SnapshotRefusal.None ? SnapshotRefusal.Unavailable : Refusal;

    /// <summary>Rebuilds and verifies every event, and compares text, cut, count and state with what was said.</summary>
    /// <returns>All events in canonical order, to be admitted like a peer's; null after a refusal.</returns>
    public async Task<IReadOnlyList<Event>?> FinishAsync()
    {
        if (Refusal != SnapshotRefusal.None)
        {
            return null;
        }

        SeqImport? imported = null;
        _status = _status == SnapshotStatus.Valid && _parts.Count == 0 ? _loader.Finish(out imported) : SnapshotStatus.Encoding;
        Refusal = imported is null ? Name(_status) : await SnapshotProof.CheckAsync(_genesis, _body!, imported.Events);
        return Refusal == SnapshotRefusal.None ? imported!.Events : null;
    }

    internal static SnapshotRefusal Name(SnapshotStatus status) => status switch
    {
        SnapshotStatus.Limit => SnapshotRefusal.Limit,
        SnapshotStatus.Event or SnapshotStatus.Signature => SnapshotRefusal.Events,
        SnapshotStatus.Text => SnapshotRefusal.Text,
        _ => SnapshotRefusal.Data,
    };

    private SnapshotRefusal TakeOffer(ReadOnlyMemory<byte> block)
    {
        if (!EventCodec.TryDecode(block, _genesis.Cid, out Event? offer, out _) || offer!.Type != FederationTypes.Snapshot
            || SnapBody.TryRead(offer.Body, out _body) != InvalidReason.None)
        {
            return SnapshotRefusal.Offer;
        }

        Offer = offer;
        if (!_trusted.Any(key => key.Span.SequenceEqual(offer.Author.Span)))
        {
            return SnapshotRefusal.Untrusted; // before the signature: a stranger's costs no check
        }

        if (!EventCodec.VerifySignature(offer))
        {
            return SnapshotRefusal.Signature;
        }

        if (_body!.Data.IsNone)
        {
            return SnapshotRefusal.NoData;
        }

        _parts.Enqueue(_body.Data);
        return SnapshotRefusal.None;
    }

    private SnapshotRefusal TakeList(ReadOnlySpan<byte> block)
    {
        if (!SnapshotData.TryReadList(block, out ulong size, out IReadOnlyList<Cid> parts))
        {
            return SnapshotRefusal.Data;
        }

        if (size > (ulong)_options.BytesMax)
        {
            return SnapshotRefusal.Limit;
        }

        foreach (Cid part in parts)
        {
            _parts.Enqueue(part);
        }

        return SnapshotRefusal.None;
    }
}
