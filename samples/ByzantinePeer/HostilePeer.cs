using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.PubSub;
using P2P.Transport.Connections;
using P2P.Transport.Tcp;

namespace P2P.Samples.ByzantinePeer;

/// <summary>A libp2p peer that speaks the protocols and means ill: forged events by gossip, heads that do not exist, sync sessions of rubbish.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private const int Forgeries = 10;
    private const int PhantomHeads = 5;
    private const int SessionsMax = 100;

    private readonly PrivateKey _identity = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);
    private readonly ConnectionUpgrader _upgrader;
    private readonly PeerNetwork _network;
    private readonly GossipNetwork _gossip;

    public HostilePeer()
    {
        TransportRuntime runtime = new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);
        _upgrader = new ConnectionUpgrader(_identity, new UpgradeOptions(), PoolSpawner.Instance, SystemTime.Provider, SystemChance.Instance);
        _network = new PeerNetwork(_identity, new PeerNetworkOptions(), [new TcpTransport()], _upgrader, runtime);
        _gossip = GossipNetwork.Start(_network, new PubSubOptions(), runtime);
    }

    public PeerId Id => _identity.PublicKey.PeerId;

    /// <summary>Does all it can to the document at all of these, until each refuses to talk to it.</summary>
    public async Task AttackAsync(Genesis document, IReadOnlyList<Multiaddr> victims, CancellationToken cancellationToken)
    {
        await _network.StartAsync([], cancellationToken);
        await using GossipTopic topic = await _gossip.SubscribeAsync(GossipPayload.TopicOf(document.Cid), TopicOptions.ContentAddressed, cancellationToken);
        foreach (Multiaddr victim in victims)
        {
            await _network.DialAsync(victim, cancellationToken);
        }

        int following = 0;
        await foreach (TopicPeerChange change in topic.PeerChangesAsync(cancellationToken))
        {
            following += change.Joined ? 1 : -1;
            if (following == victims.Count)
            {
                break;
            }
        }

        for (int i = 0; i < Forgeries; i++)
        {
            await topic.PublishAsync(Forge(document, i), cancellationToken);
        }

        for (int i = 0; i < PhantomHeads; i++)
        {
            Cid phantom = Cid.ForDagCbor([0x18, (byte)(100 + i)]);
            await topic.PublishAsync(GossipPayload.Encode(new Announcement(document.Cid, [phantom], EventDigest.Sha256([(byte)i]), (ulong)i)), cancellationToken);
        }

        foreach (Multiaddr victim in victims)
        {
            await PesterAsync(victim.PeerId, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gossip.DisposeAsync();
        await _network.DisposeAsync();
        _upgrader.Dispose();
        _identity.Dispose();
    }

    // A well-formed event whose signature is wrong.
    private byte[] Forge(Genesis document, int number)
    {
        KeySigner signer = new(_identity);
        AppendContext context = new(document.Cid, signer.Author, 1, default, [], 1);
        Event honest = EventCodec.Sign(context, new EventDraft { Type = "log" }, (ulong)number, signer, out InvalidReason reason)
            ?? throw new InvalidOperationException($"Even the forger writes events of the right form: {reason}.");
        byte[] payload = GossipPayload.Encode(honest)!;
        payload[payload.AsSpan().IndexOf(honest.Signature.Span)] ^= 1;
        return payload;
    }

    // Rubbish on sync streams, until the connection is refused.
    private async Task PesterAsync(PeerId victim, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[1_024];
        for (int i = 0; i < SessionsMax; i++)
        {
            PeerStream? stream = null;
            try
            {
                stream = await _network.OpenStreamAsync(victim, [SyncProtocol.Id], cancellationToken);
                await stream.Stream.WriteAsync(new byte[] { 0x02, 0xff, 0xff }, cancellationToken);
                while (await stream.Stream.ReadAsync(answer, cancellationToken) > 0)
                {
                    // what it says of us
                }
            }
            catch (TransportException error) when (error.Error is TransportError.StreamReset or TransportError.ConnectionClosed or TransportError.ProtocolViolation)
            {
                continue; // told off; once more
            }
            catch (TransportException)
            {
                return; // not let in any more
            }
            finally
            {
                stream?.Stream.Abort();
            }
        }
    }
}
