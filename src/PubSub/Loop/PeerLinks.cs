using System.Diagnostics;
using P2P.Core.Identity;
using P2P.PubSub.Routing;
using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>The links to all peers that speak pub/sub, at most <see cref="PubSubOptions.PeersMax"/>. Owned by the loop.</summary>
internal sealed class PeerLinks(IPeerNetwork network, PubSubOptions options, LinkHost host, Action<RouterInput> step, Action<GossipRefusal> refuse)
{
    private readonly Dictionary<PeerId, PeerLink> _links = [];
    private readonly Dictionary<PeerId, bool> _outbound = [];
    private readonly List<Task> _ending = [];

    public PeerLink? Find(PeerId peer) => _links.GetValueOrDefault(peer);

    public void OnEvent(PeerEvent change)
    {
        switch (change.Kind)
        {
            case PeerEventKind.Connected:
                _outbound[change.Peer] = change.Outbound;
                if (change.Outbound && _links.ContainsKey(change.Peer))
                {
                    // Its stream was faster than the event.
                    step(RouterInput.Dialled(change.Peer));
                }

                break;
            case PeerEventKind.Identified:
                if (PeerProtocols.Best(change.Protocols) is string protocol)
                {
                    Open(change.Peer, protocol);
                }

                break;
            case PeerEventKind.Disconnected when network.IsConnected(change.Peer):
                // Connected again before we heard of the end: its new hello may be here already and must not be thrown away.
                Find(change.Peer)?.Reset();
                break;
            case PeerEventKind.Disconnected:
                Close(change.Peer);
                break;
            default:
                break;
        }
    }

    /// <summary>There is a peer that speaks pub/sub: identify said so, or it opened a stream, whichever came first.</summary>
    public void Open(PeerId peer, string protocol)
    {
        if (_links.ContainsKey(peer) || !network.IsConnected(peer))
        {
            return;
        }

        if (_links.Count >= options.PeersMax)
        {
            refuse(GossipRefusal.TooManyPeers);
            return;
        }

        PeerLink link = new(peer, _outbound.GetValueOrDefault(peer), network, options, host);
        _links.Add(peer, link);
        step(RouterInput.PeerUp(peer, PeerProtocols.Of(protocol), link.Outbound));
        link.Start();
    }

    /// <summary>Events may be lost when they come too fast: the list of connected peers is the truth.</summary>
    public void Reconcile()
    {
        _ending.RemoveAll(static task => task.IsCompletedSuccessfully);
        if (_links.Values.FirstOrDefault(static link => link.Completion.IsFaulted) is PeerLink broken)
        {
            throw new UnreachableException("A link ended by a defect of its own.", broken.Completion.Exception);
        }

        foreach (PeerId peer in _links.Keys.Concat(_outbound.Keys).Distinct().ToArray())
        {
            if (!network.IsConnected(peer) || (_links.TryGetValue(peer, out PeerLink? link) && link.Completion.IsCompleted))
            {
                Close(peer);
            }
        }

        foreach (PeerId peer in network.ConnectedPeers)
        {
            if (PeerProtocols.Best(network.ProtocolsOf(peer)) is string protocol)
            {
                Open(peer, protocol);
            }
        }
    }

    public async Task StopAsync()
    {
        foreach (PeerLink link in _links.Values)
        {
            _ending.Add(link.DisposeAsync().AsTask());
        }

        _links.Clear();
        await Task.WhenAll(_ending);
    }

    private void Close(PeerId peer)
    {
        if (!network.IsConnected(peer))
        {
            _outbound.Remove(peer);
        }

        if (_links.Remove(peer, out PeerLink? link))
        {
            step(RouterInput.PeerDown(peer));
            _ending.Add(link.DisposeAsync().AsTask());
        }
    }
}
