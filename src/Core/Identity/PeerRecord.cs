using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Identity;

/// <summary>The addresses a peer signs for itself.</summary>
/// <remarks>
/// Spec: libp2p RFC 0003. On the wire go and js use domain <c>libp2p-peer-record</c> and type <c>03 01</c>, not the strings of the RFC;
/// both are verified, the first is sent. Compares by content.
/// </remarks>
/// <param name="PeerId">Whose.</param>
/// <param name="Sequence">Strictly increasing per peer. The receiver drops what is not above the last one.</param>
/// <param name="Addresses">Without <c>/p2p</c>.</param>
public sealed record PeerRecord(PeerId PeerId, ulong Sequence, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>Most addresses read from one record; what follows them is ignored.</summary>
    public const int AddressesMax = 32;

    /// <summary>Domain of the signature as it is sent.</summary>
    public const string Domain = "libp2p-peer-record";

    private const string LegacyDomain = "libp2p-routing-state";
    private const int PeerIdField = 1;
    private const int SequenceField = 2;
    private const int AddressField = 3;
    private const int MultiaddrField = 1;

    /// <summary>Payload type as it is sent.</summary>
    public static ReadOnlySpan<byte> PayloadType => [0x03, 0x01];

    private static ReadOnlySpan<byte> LegacyPayloadType => "/libp2p/routing-state-record"u8;

    /// <summary>Seals the record into envelope bytes.</summary>
    /// <param name="key">The key of <see cref="PeerId"/>.</param>
    /// <exception cref="ArgumentException">The key is another peer's.</exception>
    public byte[] Seal(PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.PublicKey.PeerId != PeerId)
        {
            throw new ArgumentException("A peer record is sealed with the key of its peer.", nameof(key));
        }

        return SignedEnvelope.Seal(key, Domain, PayloadType, ToProtobuf()).ToProtobuf();
    }

    /// <summary>Opens envelope bytes: signature valid under either domain, key matches the peer id inside.</summary>
    /// <param name="envelope">Envelope bytes.</param>
    /// <param name="record">The verified record.</param>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, out PeerRecord? record) => Open(envelope, out record) == EnvelopeRefusal.None;

    /// <summary>As <see cref="TryOpen"/>, and says why not.</summary>
    /// <param name="envelope">Envelope bytes.</param>
    /// <param name="record">The verified record, or null.</param>
    public static EnvelopeRefusal Open(ReadOnlySpan<byte> envelope, out PeerRecord? record)
    {
        record = null;
        EnvelopeRefusal refusal = SignedEnvelope.Read(envelope, out SignedEnvelope? sealedRecord);
        if (refusal != EnvelopeRefusal.None)
        {
            return refusal;
        }

        // Each type goes with its own domain; a mixture was never on any wire.
        ReadOnlySpan<byte> type = sealedRecord!.PayloadType.Span;
        bool standard = type.SequenceEqual(PayloadType);
        if (!standard && !type.SequenceEqual(LegacyPayloadType))
        {
            return EnvelopeRefusal.PayloadType;
        }

        if (!TryReadPayload(sealedRecord.Payload.Span, out PeerRecord? candidate))
        {
            return EnvelopeRefusal.MalformedRecord;
        }

        // A valid signature of some key says nothing about another peer's addresses (RUSTSEC-2022-0009). Cheap, so before the signature.
        if (candidate!.PeerId != sealedRecord.PublicKey.PeerId)
        {
            return EnvelopeRefusal.ForeignPeer;
        }

        if (!sealedRecord.Verify(standard ? Domain : LegacyDomain))
        {
            return EnvelopeRefusal.Signature;
        }

        record = candidate;
        return EnvelopeRefusal.None;
    }

    /// <summary>Equality of peer, sequence and addresses in order.</summary>
    /// <param name="other">The other side.</param>
    public bool Equals(PeerRecord? other) =>
        other is not null && PeerId == other.PeerId && Sequence == other.Sequence && Addresses.SequenceEqual(other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PeerId, Sequence, Addresses.Count);

    /// <summary>The payload: the record without its envelope.</summary>
    internal byte[] ToProtobuf()
    {
        ProtoWriter writer = new();
        writer.WriteBytes(PeerIdField, PeerId.Bytes);
        writer.WriteVarint(SequenceField, Sequence);
        ProtoWriter info = new();
        foreach (Multiaddr address in Addresses)
        {
            info.Clear();
            info.WriteBytes(MultiaddrField, address.Bytes.Span);
            writer.WriteBytes(AddressField, info.WrittenSpan);
        }

        return writer.ToArray();
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, out PeerRecord? record)
    {
        record = null;
        PeerId peerId = default;
        ulong sequence = 0;
        List<Multiaddr> addresses = [];
        ProtoReader reader = new(payload);
        while (reader.TryReadField())
        {
            bool taken = reader.Field switch
            {
                PeerIdField => reader.WireType == ProtoWireType.Bytes && peerId.IsNone && PeerId.TryRead(reader.Bytes, out peerId),
                SequenceField => reader.WireType == ProtoWireType.Varint,
                AddressField => reader.WireType == ProtoWireType.Bytes && TryAdd(reader.Bytes, addresses),
                _ => true,
            };
            if (!taken)
            {
                return false;
            }

            sequence = reader.Field == SequenceField ? reader.Value : sequence;
        }

        if (reader.Failed || peerId.IsNone)
        {
            return false;
        }

        record = new PeerRecord(peerId, sequence, addresses.AsReadOnly());
        return true;
    }

    /// <summary>An address of a transport invented after us is skipped: it must not cost the peer its other addresses.</summary>
    private static bool TryAdd(ReadOnlySpan<byte> info, List<Multiaddr> addresses)
    {
        ProtoReader reader = new(info);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(MultiaddrField)
                && addresses.Count < AddressesMax
                && Multiaddr.TryRead(reader.Bytes, out Multiaddr? address))
            {
                addresses.Add(address!);
            }
        }

        return !reader.Failed;
    }
}
