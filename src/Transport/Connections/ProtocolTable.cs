using P2P.Core.Identity;

namespace P2P.Transport.Connections;

/// <summary>Which protocols we serve, by whom, and how many streams of each a peer has. Thread-safe: a small lock around two tables.</summary>
internal sealed class ProtocolTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (StreamHandler Handler, int StreamsPerPeerMax)> _handlers = [];

    // Bounded by the streams that are open, which the multiplexer bounds.
    private readonly Dictionary<(PeerId Peer, string Protocol), int> _open = [];

    /// <summary>What we serve, sorted.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _handlers.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    public int OpenStreams
    {
        get
        {
            lock (_gate)
            {
                return _open.Values.Sum();
            }
        }
    }

    public void Set(string protocol, StreamHandler handler, int streamsPerPeerMax)
    {
        lock (_gate)
        {
            _handlers[protocol] = (handler, streamsPerPeerMax);
        }
    }

    public bool Remove(string protocol)
    {
        lock (_gate)
        {
            return _handlers.Remove(protocol);
        }
    }

    public bool Supports(string protocol)
    {
        lock (_gate)
        {
            return _handlers.ContainsKey(protocol);
        }
    }

    /// <summary>Takes a place for one stream; give it back with <see cref="Leave"/>.</summary>
    public ConnectionRefusal TryEnter(PeerId peer, string protocol, out StreamHandler? handler)
    {
        lock (_gate)
        {
            handler = null;
            if (!_handlers.TryGetValue(protocol, out (StreamHandler Handler, int StreamsPerPeerMax) entry))
            {
                return ConnectionRefusal.StreamProtocol; // removed while it was negotiated
            }

            int open = _open.GetValueOrDefault((peer, protocol));
            if (open >= entry.StreamsPerPeerMax)
            {
                return ConnectionRefusal.StreamsPerPeer;
            }

            _open[(peer, protocol)] = open + 1;
            handler = entry.Handler;
            return ConnectionRefusal.None;
        }
    }

    public void Leave(PeerId peer, string protocol)
    {
        lock (_gate)
        {
            int open = _open.GetValueOrDefault((peer, protocol)) - 1;
            if (open > 0)
            {
                _open[(peer, protocol)] = open;
            }
            else
            {
                _open.Remove((peer, protocol));
            }
        }
    }
}
