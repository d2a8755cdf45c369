using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.PubSub;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>A peer of one bad habit. It subscribes like anybody, so that honest routers take it into their mesh and fetch from it.</summary>
internal sealed class HostilePeer : IEndpoint
{
    private const ulong HeightMax = 1_000_000; // other liars claim any number

    private readonly SimulatedNetwork _net;
    private readonly KeySigner _signer;
    private readonly TopicId _topic;
    private readonly List<PeerId> _neighbours = [];
    private readonly List<Event> _heard = [];
    private readonly Dictionary<Cid, byte[]> _served = [];
    private Event? _last;
    private Event? _grant;

    /// <param name="net">Where it lives.</param>
    /// <param name="habit">What it does.</param>
    /// <param name="key">Author key; a writer of the list, or not.</param>
    public HostilePeer(SimulatedNetwork net, HostileHabit habit, PrivateKey key)
    {
        _net = net;
        Habit = habit;
        Id = key.PublicKey.PeerId;
        _signer = new KeySigner(key);
        _topic = GossipPayload.TopicOf(Document);
        net.Links.Add(this);
    }

    public HostileHabit Habit { get; }

    public PeerId Id { get; }

    public bool IsRunning => true;

    public IReadOnlyList<PeerId> Neighbours => _neighbours;

    /// <summary>Its author key.</summary>
    public ReadOnlyMemory<byte> Author => _signer.Author;

    private Cid Document => _net.Options.Genesis.Cid;

    public void Connect(PeerId peer, bool outbound)
    {
        if (!_neighbours.Contains(peer))
        {
            _neighbours.Add(peer);
        }

        OutRpc hello = new();
        hello.Subscriptions.Add(new OutSubscription(_topic, Subscribe: true));
        hello.Grafts.Add(_topic);
        List<byte[]> frames = [];
        new RpcWriter(new PubSubOptions()).Write(hello, frames);
        frames.ForEach(frame => _net.Links.Send(this, peer, MessageKind.Gossip, frame));
    }

    public void Disconnect(PeerId peer) => _neighbours.Remove(peer);

    public void Accept(PeerId from, SimulatedStream stream)
    {
        if (Habit == HostileHabit.LyingServer)
        {
            stream.WriteAsync(Noise(_net.Chance.Below(5_000)), CancellationToken.None).AsTask().GetAwaiter().GetResult(); // an empty window never waits
        }

        // Others take the stream and never say a word.
    }

    public void Receive(PeerId from, MessageKind kind, byte[] bytes)
    {
        if (kind == MessageKind.Gossip)
        {
            Listen(bytes);
        }
        else if (kind == MessageKind.FetchRequest && Habit == HostileHabit.LyingServer && bytes.Length >= 8)
        {
            byte[][] lie = _net.Chance.Below(3) switch
            {
                0 => [],
                1 => [Noise(200)],
                _ => _heard.Count > 0 ? [_heard[_net.Chance.Below(_heard.Count)].Bytes.ToArray()] : [],
            };
            _net.Links.Send(this, from, MessageKind.FetchResponse, [.. bytes.AsSpan(0, 8), .. Frames.Write(lie)]);
        }
        else if (kind == MessageKind.FetchRequest && Habit == HostileHabit.VoucherLiar && bytes.Length >= 8)
        {
            IEnumerable<byte[]> found = Frames.Read(bytes.AsSpan(8))
                .Select(static c => Cid.TryRead(c, out Cid cid, out _) ? cid : default).Where(_served.ContainsKey).Select(cid => _served[cid]);
            _net.Links.Send(this, from, MessageKind.FetchResponse, [.. bytes.AsSpan(0, 8), .. Frames.Write(found)]);
        }
    }

    /// <summary>Does its worst once.</summary>
    public void Act()
    {
        if (!MayWrite && _net.Chance.Below(4) != 0)
        {
            return;
        }

        Worst();
        _last = MayWrite ? _last : null; // what a stranger says is no event, and nothing that stands on it
    }

    private void Worst()
    {
        switch (Habit)
        {
            case HostileHabit.Equivocator:
                Event left = Write(1);
                Event right = Write(2);
                for (int i = 0; i < _neighbours.Count; i++)
                {
                    Say(_neighbours[i], GossipPayload.Encode(i % 2 == 0 ? left : right)!);
                }

                _last = left;
                break;
            case HostileHabit.OrphanFlooder:
                for (int i = 0; i < 20; i++)
                {
                    SayToAll(GossipPayload.Encode(Write((ulong)i, Cid.ForDagCbor(Noise(32))))!);
                }

                break;
            case HostileHabit.LyingAnnouncer:
                Cid[] heads = [.. Enumerable.Range(0, 4).Select(_ => Cid.ForDagCbor(Noise(32))).Order()];
                SayToAll(GossipPayload.Encode(new Announcement(Document, heads, EventDigest.Read(Noise(32)), _net.Chance.NextUInt64())));
                SimulatedNode? told = _net.Nodes.FirstOrDefault(static n => n.IsRunning);
                if (told is not null)
                {
                    SayToAll(GossipPayload.Encode(new Announcement(Document, heads, told.Replica.Status.FrontierHash, _net.Chance.NextUInt64())));
                }

                break;
            case HostileHabit.Forger:
                byte[] forged = GossipPayload.Encode(Write(3))!;
                forged[^(1 + _net.Chance.Below(60))] ^= 1; // the signature is last
                SayToAll(forged);
                SayToAll([GossipPayload.EventTag, .. Noise(100)]);
                SayToAll(Noise(50));
                break;
            case HostileHabit.VoucherLiar:
                Vouch();
                break;
            case HostileHabit.Remover:
                _last = Write(Number(), EventTypes.Grant, Removals());
                SayToAll(GossipPayload.Encode(_last)!);
                break;
            default:
                break;
        }
    }

    // The numbers are right in half of the lies: then the voucher makes the badly signed event good.
    private void Vouch()
    {
        bool isRight = _net.Chance.Below(2) == 0;
        ulong sequence = isRight ? (_last?.Sequence ?? 0) + 1 : Number();
        Event? below = _last ?? _grant;
        Cid[] grant = _last is null && _grant is not null ? [_grant.Cid] : [];
        ulong height = isRight ? (below?.Height ?? 0) + 1 : Number();
        Event? bad = Sign(sequence, height, (_last?.Cid ?? default, grant), new NoiseSigner(_signer.Author, Noise(64)));
        Event? voucher = bad is null ? null : Sign(unchecked(sequence + 1), isRight ? height + 1 : Number(), (bad.Cid, []), _signer);
        if (voucher is not null && _served.Count < 1_000)
        {
            _served[bad!.Cid] = bad.Bytes.ToArray();
            _served[voucher.Cid] = voucher.Bytes.ToArray();
            SayToAll(GossipPayload.Encode(voucher)!);
            _last = isRight ? voucher : _last;
        }
    }

    private Event? Sign(ulong sequence, ulong height, (Cid Previous, Cid[] Dependencies) links, ISigner signer) => EventCodec.Sign(
        new AppendContext(Document, _signer.Author, sequence, links.Previous, links.Dependencies, height), new EventDraft { Type = "note" }, Number(), signer, out _);

    private ulong Number() => _net.Chance.Below(5) switch
    {
        0 => ulong.MaxValue,
        1 => ulong.MaxValue - 1,
        2 => long.MaxValue,
        3 => 1UL << 63,
        _ => (ulong)_net.Chance.Below(4),
    };

    private byte[] Removals()
    {
        byte[][] keys = [.. _heard.Select(static e => e.Author.ToArray()).Append(_signer.Author.ToArray()).DistinctBy(Convert.ToHexString)
            .OrderBy(Convert.ToHexString, StringComparer.Ordinal)];
        DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("del"u8);
        writer.WriteArrayStart(keys.Length);
        foreach (byte[] key in keys)
        {
            writer.WriteArrayStart(2);
            writer.WriteBytes(key);
            writer.WriteUInt(Number());
        }

        return writer.ToArray();
    }

    private void Listen(byte[] frame)
    {
        if (ProtoReader.TryReadDelimited(frame, 1 << 20, out ReadOnlySpan<byte> body, out _) != OperationStatus.Done
            || !RpcCodec.TryDecode(body, new PubSubOptions(), out Rpc rpc))
        {
            return;
        }

        foreach (WireMessage message in rpc.Messages)
        {
            if (GossipPayload.Read(message.Data, Document, out Event? heard, out _) == InvalidReason.None && heard is not null && _heard.Count < 1_000
                && !heard.Author.Span.SequenceEqual(_signer.Author.Span))
            {
                _heard.Add(heard);
                bool isGrant = heard.Type == EventTypes.Grant && GrantBody.TryRead(heard.Body.Span)?.Added.Any(k => k.Span.SequenceEqual(_signer.Author.Span)) == true;
                _grant ??= isGrant ? heard : null;
            }
        }
    }

    private Event Write(ulong at, params Cid[] dependencies) => Write(at, "note", [0xa0], dependencies);

    private Event Write(ulong at, string type, byte[] body, params Cid[] dependencies)
    {
        Event? cited = dependencies.Length == 0 ? Cited() : null;
        Cid[] deps = cited is null ? dependencies : [cited.Cid];
        ulong height = 1 + Math.Max(_last?.Height ?? 0, cited?.Height ?? (dependencies.Length > 0 ? 5UL : 0));
        AppendContext context = new(Document, _signer.Author, (_last?.Sequence ?? 0) + 1, _last?.Cid ?? default, deps, height);
        return EventCodec.Sign(context, new EventDraft { Type = type, Body = body }, at, _signer, out InvalidReason reason)
            ?? throw new InvalidOperationException($"The codec refuses a hostile event: {reason}.");
    }

    // Of what it heard something that is above its own last event, so that the links are an antichain; first of all the grant that lets it write.
    private Event? Cited()
    {
        if (_last is null && _grant is not null)
        {
            return _grant;
        }

        Event[] above = [.. _heard.Where(heard => heard.Height > (_last?.Height ?? 0) && heard.Height < HeightMax)];
        return above.Length == 0 || (_last is not null && _net.Chance.Below(3) == 0) ? null : above[_net.Chance.Below(above.Length)];
    }

    // A voucher liar signs on what it has; the others wait for the grant, or nothing of theirs would ever be valid.
    private bool MayWrite => _net.Options.Genesis.Writers is not IReadOnlyList<ReadOnlyMemory<byte>> writers
        || _grant is not null || writers.Any(key => key.Span.SequenceEqual(_signer.Author.Span));

    private void SayToAll(byte[] payload) => _neighbours.ForEach(peer => Say(peer, payload));

    private void Say(PeerId peer, byte[] payload) =>
        _net.Links.Send(this, peer, MessageKind.Gossip, MessageSignature.Unsigned(_topic, payload).Frame.ToArray());

    private sealed class NoiseSigner(ReadOnlyMemory<byte> author, byte[] noise) : ISigner
    {
        public ReadOnlyMemory<byte> Author => author;

        public byte[] Sign(ReadOnlySpan<byte> message) => noise;
    }

    private byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        _net.Chance.Fill(noise);
        return noise;
    }
}
