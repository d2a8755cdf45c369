using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Identify;
using P2P.Transport.Limits;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>
/// Everything the connection manager knows, behind one lock, so that connections, peer store and events change together: a reader of events sees
/// exactly the states that were.
/// </summary>
/// <remarks>
/// Why a lock and not a loop: all members are short, synchronous, allocate little and call nothing that waits or calls back (events go into bounded
/// queues that never block), and <see cref="IPeerNetwork.IsConnected"/> must be answerable at once from any thread.
/// </remarks>
internal sealed class NetworkState
{
    private readonly Lock _gate = new();
    private readonly ConnectionTable _table;
    private readonly PeerStore _store;
    private readonly PeerEventHub _hub;
    private readonly BanTable _bans;
    private readonly bool _isolated;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private bool _closing;
    private bool _offline;

    public NetworkState(PeerId local, PeerNetworkOptions options, TimeProvider time)
    {
        _table = new ConnectionTable(local, options.Limits);
        _store = new PeerStore(options.PeerStore);
        _hub = new PeerEventHub(options.EventBacklog, options.EventReadersMax);
        _bans = new BanTable(options.BansMax);
        _isolated = options.Isolated;
        _time = time;
        _startedAt = time.GetTimestamp();
    }

    /// <summary>Monotonic time since creation: the only time used for limits.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_startedAt);

    public IReadOnlyList<PeerId> ConnectedPeers
    {
        get
        {
            lock (_gate)
            {
                return [.. _table.Peers.Order()];
            }
        }
    }

    public IReadOnlyList<PeerConnection> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _table.All];
            }
        }
    }

    public (int Inbound, int Outbound, int KnownPeers) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_table.Inbound, _table.Outbound, _store.Count);
            }
        }
    }

    /// <summary>Admits a proven connection and says so to the readers of events, or names the limit.</summary>
    public Admission Admit(MuxedConnection muxed, InboundTicket? ticket)
    {
        TimeSpan now = Now;
        PeerConnection connection = new(muxed, now, _time.GetUtcNow(), ticket);
        lock (_gate)
        {
            if (_closing || _offline)
            {
                return new Admission(_closing ? ConnectionRefusal.Stopping : ConnectionRefusal.Offline, null, null);
            }

            bool wasConnected = _table.Contains(muxed.RemotePeer);
            PeerConnection? evicted = null;
            ConnectionRefusal refusal = _bans.IsBanned(muxed.RemotePeer, now) ? ConnectionRefusal.Banned : _table.Admit(connection, now, out evicted);
            if (refusal != ConnectionRefusal.None)
            {
                return new Admission(refusal, null, null);
            }

            if (evicted is not null)
            {
                NoteIfGone(evicted.Peer, evicted.Outbound, now);
            }

            _store.SetConnected(muxed.RemotePeer, connected: true, now);
            if (muxed.Outbound)
            {
                _store.AddAddresses(muxed.RemotePeer, [muxed.RemoteAddress], AddressSource.Connected, now);
            }

            if (!wasConnected)
            {
                _hub.Publish(new PeerEvent(PeerEventKind.Connected, muxed.RemotePeer, [], muxed.Outbound));
            }

            return new Admission(ConnectionRefusal.None, connection, evicted);
        }
    }

    /// <summary>Whether nobody is admitted for now.</summary>
    public bool IsOffline
    {
        get
        {
            lock (_gate)
            {
                return _offline;
            }
        }

        set
        {
            lock (_gate)
            {
                _offline = value;
            }
        }
    }

    /// <summary>Whether one more connection of ours would be refused; asked before dialling.</summary>
    public ConnectionRefusal CheckOutbound(PeerId peer)
    {
        lock (_gate)
        {
            TimeSpan now = Now;
            if (_offline || _bans.IsBanned(peer, now))
            {
                return _offline ? ConnectionRefusal.Offline : ConnectionRefusal.Banned; // no idle connection makes room for this
            }

            ConnectionRefusal refusal = _table.Check(outbound: true, peer);
            return refusal != ConnectionRefusal.None && _table.FindIdle(refusal, now) is not null ? ConnectionRefusal.None : refusal;
        }
    }

    /// <summary>Admits no connection of this peer for a while.</summary>
    public void Ban(PeerId peer, TimeSpan time)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            _bans.Ban(peer, now + time, now);
        }
    }

    /// <summary>Ends a ban.</summary>
    public void Unban(PeerId peer)
    {
        lock (_gate)
        {
            _bans.Unban(peer);
        }
    }

    /// <summary>
    /// Whether an inbound connection would be refused whoever it is: asked before its handshake, because a full node must not spend two
    /// signatures on each caller it will turn away (T3).
    /// </summary>
    public ConnectionRefusal CheckInbound()
    {
        lock (_gate)
        {
            ConnectionRefusal refusal = _closing ? ConnectionRefusal.Stopping : _offline ? ConnectionRefusal.Offline : _table.CheckAnybody();
            return refusal != ConnectionRefusal.None && _table.FindIdle(refusal, Now) is not null ? ConnectionRefusal.None : refusal;
        }
    }

    /// <summary>Removes an ended connection. Idempotent.</summary>
    /// <returns>Whether it was there, and whether it was the peer's last.</returns>
    public (bool Removed, bool WasLast) Remove(PeerConnection connection)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            bool removed = _table.Remove(connection, now);
            return (removed, removed && NoteIfGone(connection.Peer, connection.Outbound, now));
        }
    }

    public bool IsConnected(PeerId peer)
    {
        lock (_gate)
        {
            return _table.Contains(peer);
        }
    }

    public PeerConnection? Preferred(PeerId peer)
    {
        lock (_gate)
        {
            return _table.Preferred(peer);
        }
    }

    public IReadOnlyList<PeerConnection> ConnectionsTo(PeerId peer)
    {
        lock (_gate)
        {
            return [.. _table.Of(peer)];
        }
    }

    public IReadOnlyList<PeerConnection> ClosableSurplus(TimeSpan grace)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            return _table.ClosableSurplus(now, grace);
        }
    }

    public void Protect(PeerId peer, bool isProtected)
    {
        lock (_gate)
        {
            _table.Protect(peer, isProtected);
        }
    }

    public IReadOnlyList<string> ProtocolsOf(PeerId peer)
    {
        lock (_gate)
        {
            return _store.ProtocolsOf(peer);
        }
    }

    public string? AgentVersionOf(PeerId peer)
    {
        lock (_gate)
        {
            return _store.AgentVersionOf(peer);
        }
    }

    public IReadOnlyList<KnownAddress> AddressesOf(PeerId peer)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            return _store.AddressesOf(peer, now);
        }
    }

    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses, AddressSource source)
    {
        if (_isolated && source < AddressSource.Manual)
        {
            return;
        }

        TimeSpan now = Now;
        lock (_gate)
        {
            _store.AddAddresses(peer, addresses, source, now);
        }
    }

    public void RemoveAddress(PeerId peer, Multiaddr address)
    {
        lock (_gate)
        {
            _store.RemoveAddress(peer, address);
        }
    }

    public void Expire()
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            _store.Expire(now);
        }
    }

    /// <summary>Takes over what an authenticated, still connected peer said of itself.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="remote">Scope in which we see it.</param>
    /// <param name="info">What it said.</param>
    /// <param name="record">Its record, signature verified already (outside the lock: verifying takes long); null when absent or bad.</param>
    public RecordVerdict Apply(PeerId peer, AddressScope remote, IdentifyInfo info, PeerRecord? record)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            if (_table.Preferred(peer) is not { } connection)
            {
                return RecordVerdict.None; // it has left meanwhile; nothing is kept for those who are gone
            }

            RecordVerdict verdict = record is null
                ? RecordVerdict.None
                : _store.AcceptRecord(peer, record, Useful(record.Addresses, remote), now);
            bool signed = verdict is RecordVerdict.Accepted or RecordVerdict.Stale;
            if (!signed && info.ListenAddresses.Count > 0)
            {
                _store.SetOwnAddresses(peer, Useful(info.ListenAddresses, remote), now);
            }

            if (info.Protocols.Count > 0)
            {
                _store.SetProtocols(peer, info.Protocols, info.AgentVersion);
            }

            _hub.Publish(new PeerEvent(PeerEventKind.Identified, peer, _store.ProtocolsOf(peer), connection.Outbound));
            return verdict;
        }
    }

    /// <summary>Adds a reader of events; it first sees the present state.</summary>
    public Channel<PeerEvent> Subscribe()
    {
        lock (_gate)
        {
            List<PeerEvent> present = [];
            foreach (PeerId peer in _table.Peers.Order())
            {
                bool outbound = _table.Preferred(peer)?.Outbound ?? false;
                present.Add(new PeerEvent(PeerEventKind.Connected, peer, [], outbound));
                if (_store.ProtocolsOf(peer) is { Count: > 0 } protocols)
                {
                    present.Add(new PeerEvent(PeerEventKind.Identified, peer, protocols, outbound));
                }
            }

            return _hub.Subscribe(present);
        }
    }

    public void Unsubscribe(Channel<PeerEvent> reader)
    {
        lock (_gate)
        {
            _hub.Unsubscribe(reader);
        }
    }

    /// <summary>Admits nothing any more.</summary>
    public void BeginClose()
    {
        lock (_gate)
        {
            _closing = true;
        }
    }

    /// <summary>Ends the streams of events.</summary>
    public void EndEvents()
    {
        lock (_gate)
        {
            _hub.Complete();
        }
    }

    private IReadOnlyList<Multiaddr> Useful(IReadOnlyList<Multiaddr> told, AddressScope remote) =>
        _isolated ? [] : AddressRules.KeepUseful(told, remote);

    private bool NoteIfGone(PeerId peer, bool outbound, TimeSpan now)
    {
        if (_table.Contains(peer))
        {
            return false;
        }

        _store.SetConnected(peer, connected: false, now);
        _hub.Publish(new PeerEvent(PeerEventKind.Disconnected, peer, [], outbound));
        return true;
    }
}
