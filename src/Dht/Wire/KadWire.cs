using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Framing;

namespace P2P.Dht.Wire;

/// <summary>Bytes to <see cref="KadMessage"/> and back.</summary>
/// <remarks>
/// Spec: libp2p-wire §14. Never throws on input. Peers are counted on the raw bytes before one object is built (349,525 empty entries fit into
/// a message of 1 MiB); a peer with an unreadable id and an unreadable address are skipped, because one odd address of a newer stack must not
/// hide nineteen good peers. clusterLevelRaw and the fields of rust are ignored whatever their value.
/// </remarks>
internal static class KadWire
{
    /// <summary>Longest key of any namespace, bytes.</summary>
    public const int KeyBytesMax = 256;

    /// <summary>Most closer peers in one message: twice k, since go appends the target to k peers.</summary>
    public const int CloserMax = 40;

    /// <summary>Most providers in one message.</summary>
    public const int ProvidersMax = 256;

    /// <summary>Addresses read and written per peer; further ones are ignored.</summary>
    public const int AddressesMax = 8;

    /// <summary>Address bytes read per peer; further ones are ignored.</summary>
    public const int AddressBytesMax = 2048;

    /// <summary>Bytes per peer written: 20 of them and a key stay below rust's 16 KiB.</summary>
    public const int PeerBytesSent = 700;

    private const int TypeField = 1;
    private const int KeyField = 2;
    private const int RecordField = 3;
    private const int CloserField = 8;
    private const int ProviderField = 9;

    /// <summary>Reads what came off a stream.</summary>
    public static KadWireStatus TryRead(in Frame frame, int valueBytesMax, out KadMessage? message)
    {
        message = null;
        return frame.Status switch
        {
            FrameStatus.Done => TryRead(frame.Bytes.Span, valueBytesMax, out message),
            FrameStatus.TooLong => KadWireStatus.TooLong,
            _ => KadWireStatus.Malformed,
        };
    }

    /// <summary>Reads one message without its length prefix.</summary>
    public static KadWireStatus TryRead(ReadOnlySpan<byte> source, int valueBytesMax, out KadMessage? message)
    {
        message = null;
        if (!ProtoReader.TryCount(source, CloserField, out int closerCount) || !ProtoReader.TryCount(source, ProviderField, out int providerCount))
        {
            return KadWireStatus.Malformed;
        }

        if (closerCount > CloserMax || providerCount > ProvidersMax)
        {
            return KadWireStatus.TooManyPeers;
        }

        // proto3 leaves out a zero: no type at all is PUT_VALUE.
        KadMessageType type = KadMessageType.PutValue;
        byte[] key = [];
        KadRecord? record = null;
        List<KadPeer> closer = new(closerCount);
        List<KadPeer> providers = new(providerCount);
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            KadWireStatus status = reader.Field switch
            {
                TypeField => ReadType(ref reader, out type),
                KeyField => ReadKey(ref reader, out key),
                RecordField => ReadRecord(ref reader, valueBytesMax, out record),
                CloserField => ReadPeer(ref reader, closer),
                ProviderField => ReadPeer(ref reader, providers),
                _ => KadWireStatus.Ok,
            };
            if (status != KadWireStatus.Ok)
            {
                return status;
            }
        }

        message = new KadMessage(type, key) { Record = record, CloserPeers = closer, ProviderPeers = providers };
        return KadWireStatus.Ok;
    }

    /// <summary>
    /// Writes a message behind its length prefix. When it does not fit, providers may take half of the room as long as closer peers need the
    /// rest; the peers written are the first ones, each with as many of its first addresses as fit.
    /// </summary>
    /// <param name="message">Closer peers nearest first.</param>
    /// <param name="bytesMax">Limit of the message without its prefix.</param>
    public static byte[] Write(KadMessage message, int bytesMax)
    {
        ProtoWriter writer = new();
        if (message.Type != KadMessageType.PutValue)
        {
            writer.WriteVarint(TypeField, (ulong)message.Type - 1);
        }

        writer.WriteBytes(KeyField, message.Key.Span);
        ProtoWriter child = new();
        if (message.Record is KadRecord record)
        {
            child.WriteBytes(1, record.Key.Span);
            child.WriteBytes(2, record.Value.Span);
            if (record.TimeReceived.Length > 0)
            {
                child.WriteString(5, record.TimeReceived);
            }

            writer.WriteBytes(RecordField, child.WrittenSpan);
        }

        int room = bytesMax - writer.Length;
        int forCloser = Math.Min(room / 2, message.CloserPeers.Count * PeerBytesSent);
        WritePeers(writer, child, ProviderField, message.ProviderPeers, bytesMax - forCloser);
        WritePeers(writer, child, CloserField, message.CloserPeers, bytesMax);
        return writer.ToDelimited();
    }

    private static void WritePeers(ProtoWriter writer, ProtoWriter child, int field, IReadOnlyList<KadPeer> peers, int lengthMax)
    {
        foreach (KadPeer peer in peers)
        {
            int room = Math.Min(PeerBytesSent, lengthMax - writer.Length) - 4; // tag and length of this field
            child.Clear();
            child.WriteBytes(1, peer.Peer.Bytes);
            int addressCount = 0;
            foreach (Multiaddr address in peer.Addresses)
            {
                int need = address.Bytes.Length + 3;
                if (addressCount < AddressesMax && child.Length + need + 2 <= room)
                {
                    child.WriteBytes(2, address.Bytes.Span);
                    addressCount++;
                }
            }

            // A peer that lost all its addresses to the limit is of no use to anybody.
            if (child.Length + 2 > room || (addressCount == 0 && peer.Addresses.Count > 0))
            {
                return;
            }

            child.WriteVarint(3, (ulong)peer.Connection);
            writer.WriteBytes(field, child.WrittenSpan);
        }
    }

    private static KadWireStatus ReadType(ref ProtoReader reader, out KadMessageType type)
    {
        type = KadMessageType.None;
        if (reader.WireType != ProtoWireType.Varint)
        {
            return KadWireStatus.Malformed;
        }

        // Compared as 64 bits first: 2^32 must not be cut down to PUT_VALUE.
        if (reader.Value >= (ulong)KadMessageType.Ping)
        {
            return KadWireStatus.UnknownType;
        }

        type = (KadMessageType)(reader.Value + 1);
        return KadWireStatus.Ok;
    }

    private static KadWireStatus ReadKey(ref ProtoReader reader, out byte[] key)
    {
        key = [];
        if (reader.WireType != ProtoWireType.Bytes)
        {
            return KadWireStatus.Malformed;
        }

        if (reader.Bytes.Length > KeyBytesMax)
        {
            return KadWireStatus.KeyTooLong;
        }

        key = reader.Bytes.ToArray();
        return KadWireStatus.Ok;
    }

    private static KadWireStatus ReadRecord(ref ProtoReader outer, int valueBytesMax, out KadRecord? record)
    {
        record = null;
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> value = default;
        ProtoReader reader = new(outer.Bytes);
        while (reader.TryReadField())
        {
            if (reader.Field is 1 or 2 && reader.WireType != ProtoWireType.Bytes)
            {
                return KadWireStatus.Malformed;
            }

            key = reader.Field == 1 ? reader.Bytes : key;
            value = reader.Field == 2 ? reader.Bytes : value;
        }

        if (reader.Failed || outer.WireType != ProtoWireType.Bytes)
        {
            return KadWireStatus.Malformed;
        }

        if (key.Length > KeyBytesMax)
        {
            return KadWireStatus.KeyTooLong;
        }

        if (value.Length > valueBytesMax)
        {
            return KadWireStatus.ValueTooLong;
        }

        record = new KadRecord(key.ToArray(), value.ToArray());
        return KadWireStatus.Ok;
    }

    private static KadWireStatus ReadPeer(ref ProtoReader outer, List<KadPeer> peers)
    {
        if (outer.WireType != ProtoWireType.Bytes)
        {
            return KadWireStatus.Malformed;
        }

        PeerId id = default;
        List<Multiaddr> addresses = [];
        int addressBytes = 0;
        KadConnection connection = KadConnection.NotConnected;
        ProtoReader reader = new(outer.Bytes);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(1))
            {
                _ = PeerId.TryRead(reader.Bytes, out id);
            }
            else if (reader.IsBytes(2) && addresses.Count < AddressesMax && addressBytes + reader.Bytes.Length <= AddressBytesMax
                && Multiaddr.TryRead(reader.Bytes, out Multiaddr? address))
            {
                addressBytes += reader.Bytes.Length;
                addresses.Add(address!);
            }
            else if (reader.IsVarint(3) && reader.Value <= (ulong)KadConnection.CannotConnect)
            {
                connection = (KadConnection)reader.Value;
            }
        }

        if (reader.Failed)
        {
            return KadWireStatus.Malformed;
        }

        if (!id.IsNone)
        {
            peers.Add(new KadPeer(id, addresses, connection));
        }

        return KadWireStatus.Ok;
    }
}
