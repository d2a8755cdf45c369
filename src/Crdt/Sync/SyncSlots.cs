using System.Collections.Immutable;
using P2P.Core.Identity;

namespace P2P.Crdt.Sync;

/// <summary>
/// Who runs a session with this node. Sessions that peers open and those it opens have shares of their own, so peers cannot starve it of its
/// own. When theirs are taken, a peer that has none takes the place of a second session of some peer, or of the one that had its turn longest;
/// who lost a place that way takes free ones only for as long as a turn is. Immutable.
/// </summary>
internal sealed class SyncSlots
{
    /// <summary>Nobody.</summary>
    public static readonly SyncSlots Empty = new([], []);

    private readonly ImmutableArray<SyncSlot> _running; // oldest first
    private readonly ImmutableArray<(PeerId Peer, TimeSpan At)> _displaced; // oldest first, at most one a place

    private SyncSlots(ImmutableArray<SyncSlot> running, ImmutableArray<(PeerId Peer, TimeSpan At)> displaced)
    {
        _running = running;
        _displaced = displaced;
    }

    /// <summary>Sessions in one direction.</summary>
    public int Count(bool isOpener) => _running.Count(slot => slot.IsOpener == isOpener);

    /// <summary>The table with one session more, or null when there is no place for it.</summary>
    /// <param name="fresh">The session.</param>
    /// <param name="options">Local limits.</param>
    /// <param name="victim">Whose place it takes.</param>
    public SyncSlots? Enter(SyncSlot fresh, SyncOptions options, out SyncSlot? victim)
    {
        victim = null;
        int mine = CountOf(fresh.Peer, fresh.IsOpener);
        if (mine >= options.StreamsPerPeerMax)
        {
            return null;
        }

        if (Count(fresh.IsOpener) < (fresh.IsOpener ? options.OutgoingSessionsMax : options.IncomingSessionsMax))
        {
            return new SyncSlots(_running.Add(fresh), _displaced);
        }

        victim = fresh.IsOpener || mine > 0 ? null : Victim(fresh, options);
        if (victim is null)
        {
            return null;
        }

        TimeSpan turnsAgo = fresh.StartedAt - options.SessionTurn;
        ImmutableArray<(PeerId Peer, TimeSpan At)> recent = _displaced.RemoveAll(d => d.At <= turnsAgo).Add((victim.Peer, fresh.StartedAt));
        return new SyncSlots(_running.Remove(victim).Add(fresh), recent.Length <= options.WaitingPeersMax ? recent : recent.RemoveAt(0));
    }

    /// <summary>The table without a session that ended.</summary>
    public SyncSlots Leave(SyncSlot ended) => new(_running.Remove(ended), _displaced);

    private int CountOf(PeerId peer, bool isOpener) => _running.Count(slot => slot.IsOpener == isOpener && slot.Peer == peer);

    private SyncSlot? Victim(SyncSlot fresh, SyncOptions options)
    {
        SyncSlot? second = _running.LastOrDefault(slot => !slot.IsOpener && CountOf(slot.Peer, isOpener: false) > 1);
        if (second is not null)
        {
            return second;
        }

        TimeSpan turnsAgo = fresh.StartedAt - options.SessionTurn;
        return _displaced.Any(d => d.Peer == fresh.Peer && d.At > turnsAgo)
            ? null
            : _running.FirstOrDefault(slot => !slot.IsOpener && slot.StartedAt <= turnsAgo);
    }
}
