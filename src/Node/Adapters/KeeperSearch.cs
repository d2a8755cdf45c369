using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Storage.Eviction;

namespace P2P.Node.Adapters;

/// <summary>
/// Finds which of the blocks that are about to go others keep. Peers of the settings are believed; from any other one each block is fetched first. One
/// question is under way at a time, and one block. One owner.
/// </summary>
internal sealed class KeeperSearch
{
    private const int PeersAsked = 8;
    private const int Returns = 4;

    /// <summary>So long until a peer is asked again that looks itself for somebody who keeps a block: it soon ends, or gives way.</summary>
    private static readonly TimeSpan s_return = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_proof = TimeSpan.FromSeconds(10);

    /// <summary>For all blocks of one question: meanwhile they are marked, and nobody else may rely on us for them.</summary>
    private static readonly TimeSpan s_proofs = TimeSpan.FromSeconds(30);

    private readonly NodeServices _services;
    private readonly KeepDesk _desk;
    private readonly Func<IReadOnlyCollection<PeerId>> _connected;
    private readonly HashSet<PeerId> _doubted = [];
    private long _proofBytesLeft;
    private long _askedAt;

    /// <summary>Asks nobody yet.</summary>
    public KeeperSearch(NodeServices services, KeepDesk desk, Func<IReadOnlyCollection<PeerId>> connected)
    {
        (_services, _desk, _connected) = (services, desk, connected);
        Configured = [.. services.Options.Peers.Select(static address => address.PeerId).Where(static peer => !peer.IsNone).Distinct()];
    }

    /// <summary>The peers of the settings.</summary>
    public IReadOnlyList<PeerId> Configured { get; }

    /// <summary>Room is made from now on: what may be fetched for it is counted anew, and who did not give something may have it now.</summary>
    public void Begin()
    {
        _doubted.Clear();
        _proofBytesLeft = _services.Options.Storage.EvictProofBytes;
    }

    /// <summary>Those of the blocks that somebody keeps. They are marked as leaving until the caller has dropped them and clears the marks.</summary>
    public async Task<IReadOnlyList<EvictionCandidate>> FindAsync(IReadOnlyList<EvictionCandidate> candidates, CancellationToken cancellationToken)
    {
        Dictionary<Cid, EvictionCandidate> open = candidates.ToDictionary(static candidate => candidate.Cid);
        List<(PeerId Peer, Cid Cid)> leaving = [];
        _desk.Leaving.Mark(open.Keys);
        foreach (PeerId peer in Witnesses())
        {
            leaving.AddRange((await AskAsync(peer, [.. candidates.Select(static c => c.Cid).Where(open.ContainsKey)], open, cancellationToken)).Select(cid => (peer, cid)));
        }

        // Of two that wait for each other's word one gives way, for each block: who stands higher keeps it, and says so from now on.
        leaving.RemoveAll(ask => !open.ContainsKey(ask.Cid) || EvictionRank.IsAbove(_desk.Self, ask.Peer, ask.Cid));
        HashSet<Cid> awaited = [.. leaving.Select(static ask => ask.Cid)];
        _desk.Leaving.Mark(candidates.Select(static c => c.Cid).Where(cid => !open.ContainsKey(cid) || awaited.Contains(cid)));
        for (int i = 0; i < Returns && awaited.Overlaps(open.Keys); i++)
        {
            await Task.Delay(s_return, _services.Options.Time, cancellationToken);
            foreach (IGrouping<PeerId, Cid> again in leaving.GroupBy(static ask => ask.Peer, static ask => ask.Cid))
            {
                await AskAsync(again.Key, [.. again.Where(open.ContainsKey)], open, cancellationToken);
            }
        }

        return [.. candidates.Where(candidate => !open.ContainsKey(candidate.Cid))];
    }

    // Those of the settings first. Of the others any may come: who makes ids as it likes must not be the one that is always asked.
    internal IEnumerable<PeerId> Witnesses()
    {
        IReadOnlyCollection<PeerId> connected = _connected();
        PeerId[] trusted = [.. connected.Where(Configured.Contains).Order()];
        PeerId[] others = [.. connected.Where(peer => !Configured.Contains(peer) && _desk.MaySpeakTo(peer)).Order()];
        _services.Options.Chance.Shuffle<PeerId>(trusted);
        _services.Options.Chance.Shuffle<PeerId>(others);
        return trusted.Concat(others).Take(PeersAsked);
    }

    // Takes out of the open ones what the peer keeps; returns what it is about to drop itself.
    private async Task<IReadOnlyList<Cid>> AskAsync(PeerId peer, Cid[] cids, Dictionary<Cid, EvictionCandidate> open, CancellationToken cancellationToken)
    {
        bool isTrusted = Configured.Contains(peer);
        if (cids.Length == 0 || (!isTrusted && (_proofBytesLeft <= 0 || _doubted.Contains(peer))))
        {
            return [];
        }

        IReadOnlyList<KeepAnswer> answers = await _desk.AskAsync(peer, cids, cancellationToken) ?? [];
        List<Cid> leaving = [];
        _askedAt = _services.Options.Time.GetTimestamp();
        foreach ((Cid cid, KeepAnswer answer) in cids.Zip(answers))
        {
            if (answer == KeepAnswer.Keeps && (isTrusted || await IsGivenAsync(peer, open[cid], cancellationToken)))
            {
                open.Remove(cid);
            }
            else if (answer == KeepAnswer.Leaving)
            {
                leaving.Add(cid);
            }
        }

        return leaving;
    }

    private async Task<bool> IsGivenAsync(PeerId peer, EvictionCandidate candidate, CancellationToken cancellationToken)
    {
        if (_proofBytesLeft < candidate.Bytes || _doubted.Contains(peer) || _services.Options.Time.GetElapsedTime(_askedAt) > s_proofs)
        {
            return false;
        }

        _proofBytesLeft -= candidate.Bytes;
        if (await _services.Bitswap.FetchAsync(candidate.Cid, [peer], s_proof, cancellationToken) is not null)
        {
            return true;
        }

        _doubted.Add(peer);
        _desk.Count(KeepRefusal.NotGiven);
        return false;
    }
}
