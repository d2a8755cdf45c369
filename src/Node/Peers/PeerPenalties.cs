using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Sync;

namespace P2P.Node.Peers;

/// <summary>
/// Adds up what peers do wrong in all documents and sessions of the node; whoever does too much of it is disconnected and refused for a while. Only
/// what a peer could have found wrong itself counts: never what it relayed in good faith, nor what it was asked for. Thread-safe.
/// </summary>
/// <remarks>Spec: limits, section 5, rule 8; T20.</remarks>
internal sealed class PeerPenalties : IAsyncDisposable
{
    private readonly PenaltyOptions _options;
    private readonly Func<PeerId, TimeSpan, Task> _ban;
    private readonly TimeProvider _time;
    private readonly ISpawner _spawner;
    private readonly ILogger _logger;
    private readonly long _startedAt;
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, Account> _accounts = [];
    private readonly HashSet<Task> _banning = [];

    /// <summary>Makes it.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="ban">Disconnects a peer and refuses it for a time.</param>
    /// <param name="runtime">Clock, spawner, log.</param>
    public PeerPenalties(PenaltyOptions options, Func<PeerId, TimeSpan, Task> ban, (TimeProvider Time, ISpawner Spawner, ILogger Logger) runtime)
    {
        _options = options;
        _ban = ban;
        (_time, _spawner, _logger) = runtime;
        _startedAt = _time.GetTimestamp();
    }

    /// <summary>Those banned now, by peer id.</summary>
    public IReadOnlyList<BannedPeer> Banned
    {
        get
        {
            TimeSpan now = Now;
            lock (_gate)
            {
                return
                [
                    .. _accounts.Where(a => a.Value.BannedUntil > now).OrderBy(static a => a.Key)
                        .Select(a => new BannedPeer(a.Key, a.Value.Last, a.Value.BadBlocks, a.Value.BrokenSyncs, a.Value.BannedUntil - now)),
                ];
            }
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>A sync session with the peer ended for this reason: some are its fault.</summary>
    public void NoteSession(PeerId peer, SyncRefusal refusal)
    {
        if (refusal is SyncRefusal.Malformed or SyncRefusal.UnknownMessage or SyncRefusal.TooLong or SyncRefusal.TooMany or SyncRefusal.Unordered
            or SyncRefusal.Unexpected or SyncRefusal.Amplified or SyncRefusal.BadBlock or SyncRefusal.Wasteful or SyncRefusal.CountMismatch)
        {
            Note(peer, PeerFault.BrokenSync);
        }
    }

    /// <summary>The peer did this.</summary>
    public void Note(PeerId peer, PeerFault fault)
    {
        if (peer.IsNone || fault == PeerFault.None)
        {
            return;
        }

        TimeSpan now = Now;
        lock (_gate)
        {
            Account account = AccountOf(peer, now);
            account.Last = fault;
            account.BadBlocks += fault == PeerFault.BadBlock ? 1 : 0;
            account.BrokenSyncs += fault == PeerFault.BrokenSync ? 1 : 0;
            int points = account.BadBlocks + (account.BrokenSyncs * _options.BrokenSyncPoints);
            if (points < _options.PointsMax || account.BannedUntil > now)
            {
                return;
            }

            account.BannedUntil = now + _options.BanTime;
            _banning.RemoveWhere(static task => task.IsCompletedSuccessfully);
            _banning.Add(_spawner.StartAsync(() => _ban(peer, _options.BanTime)));
            _logger.PeerBanned(peer.Short, fault, account.BadBlocks, account.BrokenSyncs);
        }
    }

    /// <summary>A person bans the peer: it is cut off and refused. A ban that ends later stands.</summary>
    public Task BanAsync(PeerId peer, TimeSpan time)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            Account account = AccountOf(peer, now);
            account.Last = PeerFault.ByHand;
            account.BannedUntil = account.BannedUntil > now + time ? account.BannedUntil : now + time;
        }

        return _ban(peer, time);
    }

    /// <summary>Forgets a ban and what led to it.</summary>
    /// <returns>Whether the peer was banned.</returns>
    public bool Forget(PeerId peer)
    {
        lock (_gate)
        {
            return _accounts.Remove(peer, out Account? account) && account.BannedUntil > Now;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] banning;
        lock (_gate)
        {
            banning = [.. _banning];
        }

        await Task.WhenAll(banning);
    }

    private Account AccountOf(PeerId peer, TimeSpan now)
    {
        if (_accounts.TryGetValue(peer, out Account? known) && (known.BannedUntil > now || (known.BannedUntil == default && now - known.Since <= _options.Window)))
        {
            return known;
        }

        if (known is null && _accounts.Count >= _options.PeersMax)
        {
            // A ban that is forgotten here goes on in the connection manager.
            _accounts.Remove(_accounts.OrderBy(static a => a.Value.BannedUntil).ThenBy(static a => a.Value.Since).ThenBy(static a => a.Key).First().Key);
        }

        return _accounts[peer] = new Account { Since = now };
    }

    private sealed class Account
    {
        public TimeSpan Since { get; init; }

        public int BadBlocks { get; set; }

        public int BrokenSyncs { get; set; }

        public PeerFault Last { get; set; }

        public TimeSpan BannedUntil { get; set; }
    }
}
