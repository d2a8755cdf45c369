using System.Buffers.Binary;
using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>Reads multicast DNS packets. Static, thread-safe, never throws on input; allocates only for peers it finds.</summary>
/// <remarks>
/// Spec: libp2p wire, section 13. Three shapes are understood: go (PTR, SRV, one TXT with many strings, A/AAAA), rust (PTR to a bare random name,
/// TXT in the additionals under that name), js (PTR and TXT all in the answers). So: TXT from every section, owned by a name that a PTR of the
/// service points to or that ends in the service name; SRV and addresses are not needed.
/// </remarks>
internal static class MdnsReader
{
    /// <summary>Most questions and records looked at.</summary>
    public const int RecordsMax = 256;

    /// <summary>Most peers taken of one packet.</summary>
    public const int CandidatesMax = 8;

    private const int HeaderBytes = 12;
    private const int InstancesMax = 16;
    private const ushort ClassInternet = 1;
    private const ushort TopBit = 0x8000;

    /// <summary>Reads one packet.</summary>
    /// <param name="packet">All bytes.</param>
    /// <param name="ownName">Our instance name in wire form.</param>
    /// <param name="addressesMax">Addresses taken per peer.</param>
    /// <param name="message">Cleared, then filled when <see cref="MdnsStatus.Done"/>.</param>
    public static MdnsStatus TryRead(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> ownName, int addressesMax, MdnsMessage message)
    {
        message.Clear();
        if (packet.Length < HeaderBytes)
        {
            return MdnsStatus.TooShort;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if ((flags & 0x7800) != 0)
        {
            return MdnsStatus.OtherOperation;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(packet[6..])
            + BinaryPrimitives.ReadUInt16BigEndian(packet[8..])
            + BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        if (questions + records > RecordsMax)
        {
            return MdnsStatus.TooManyRecords;
        }

        message.Id = BinaryPrimitives.ReadUInt16BigEndian(packet);
        message.IsResponse = (flags & TopBit) != 0;
        int position = HeaderBytes;
        bool ok = TryReadQuestions(packet, ref position, questions, ownName, message)
            && TryReadRecords(packet, position, records, addressesMax, message);
        return ok ? MdnsStatus.Done : MdnsStatus.Malformed;
    }

    private static bool TryReadQuestions(ReadOnlySpan<byte> packet, ref int position, int count, ReadOnlySpan<byte> ownName, MdnsMessage message)
    {
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        for (int i = 0; i < count; i++)
        {
            if (!DnsName.TryRead(packet, ref position, name, out int length) || packet.Length - position < 4)
            {
                return false;
            }

            DnsType type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(packet[position..]);
            position += 4; // the class, with its "unicast wanted" bit, does not matter: we answer by multicast, which serves everybody
            ReadOnlySpan<byte> asked = name[..length];
            bool pointer = type is DnsType.Ptr or DnsType.Any;
            message.AsksForPeers |= (pointer && asked.SequenceEqual(DnsName.Service)) || asked.SequenceEqual(ownName);
            message.AsksForServices |= pointer && asked.SequenceEqual(DnsName.Services);
        }

        return true;
    }

    private static bool TryReadRecords(ReadOnlySpan<byte> packet, int position, int count, int addressesMax, MdnsMessage message)
    {
        Span<DnsRecord> texts = stackalloc DnsRecord[InstancesMax];
        Span<int> instances = stackalloc int[InstancesMax];
        int textCount = 0;
        int instanceCount = 0;
        for (int i = 0; i < count; i++)
        {
            if (!TryReadRecord(packet, ref position, out DnsRecord record))
            {
                return false;
            }

            if (record.Class == ClassInternet && record.Ttl > 0)
            {
                if (record.Type == DnsType.Ptr && instanceCount < InstancesMax && HasName(packet, record.NameAt, DnsName.Service))
                {
                    instances[instanceCount++] = record.DataAt;
                }
                else if (record.Type == DnsType.Txt && textCount < InstancesMax)
                {
                    texts[textCount++] = record;
                }
            }
        }

        if (message.IsResponse)
        {
            foreach (DnsRecord text in texts[..textCount])
            {
                if (IsOfInstance(packet, text.NameAt, instances[..instanceCount]))
                {
                    TakeStrings(packet.Slice(text.DataAt, text.DataLength), addressesMax, message);
                }
            }
        }

        return true;
    }

    /// <summary>Reads a resource record; false for one that is cut off.</summary>
    /// <param name="packet">The whole packet.</param>
    /// <param name="position">Its start; moved behind it.</param>
    /// <param name="record">Where its parts are.</param>
    internal static bool TryReadRecord(ReadOnlySpan<byte> packet, ref int position, out DnsRecord record)
    {
        record = default;
        int nameAt = position;
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        if (!DnsName.TryRead(packet, ref position, name, out _) || packet.Length - position < 10)
        {
            return false;
        }

        DnsType type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(packet[position..]);
        int @class = BinaryPrimitives.ReadUInt16BigEndian(packet[(position + 2)..]) & ~TopBit;
        uint ttl = BinaryPrimitives.ReadUInt32BigEndian(packet[(position + 4)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[(position + 8)..]);
        position += 10;
        if (packet.Length - position < length)
        {
            return false;
        }

        record = new DnsRecord(nameAt, type, (ushort)@class, ttl, position, length);
        position += length;
        return true;
    }

    /// <summary>Whether a name is this one.</summary>
    /// <param name="packet">The whole packet.</param>
    /// <param name="at">Start of the name.</param>
    /// <param name="expected">Uncompressed, lower case.</param>
    internal static bool HasName(ReadOnlySpan<byte> packet, int at, ReadOnlySpan<byte> expected)
    {
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        return DnsName.TryRead(packet, ref at, name, out int length) && name[..length].SequenceEqual(expected);
    }

    private static bool IsOfInstance(ReadOnlySpan<byte> packet, int at, ReadOnlySpan<int> instances)
    {
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        if (!DnsName.TryRead(packet, ref at, name, out int length))
        {
            return false;
        }

        // One label before the service name: its length byte sits where the label's end says.
        int label = name[0];
        if (label > 0 && length == 1 + label + DnsName.Service.Length && name[(1 + label)..length].SequenceEqual(DnsName.Service))
        {
            return true;
        }

        foreach (int instance in instances)
        {
            if (HasName(packet, instance, name[..length]))
            {
                return true;
            }
        }

        return false;
    }

    private static void TakeStrings(ReadOnlySpan<byte> data, int addressesMax, MdnsMessage message)
    {
        while (!data.IsEmpty && data[0] < data.Length)
        {
            ReadOnlySpan<byte> text = data.Slice(1, data[0]);
            data = data[(1 + text.Length)..];
            if (text.StartsWith("dnsaddr="u8))
            {
                TakeAddress(text["dnsaddr="u8.Length..], addressesMax, message);
            }
        }
    }

    private static void TakeAddress(ReadOnlySpan<byte> text, int addressesMax, MdnsMessage message)
    {
        Span<char> chars = stackalloc char[256];
        int length = Encoding.Latin1.GetChars(text, chars);
        if (!Multiaddr.TryParse(chars[..length], out Multiaddr? address) || address is null || address.PeerId.IsNone)
        {
            return; // of a kind we do not know, or without an id: the other strings may be good
        }

        Multiaddr bare = address.WithoutPeer();
        if (bare.Components[0].Protocol == MultiaddrProtocol.P2P)
        {
            return; // an id without a place
        }

        MdnsCandidate? candidate = message.Candidates.Find(c => c.Peer == address.PeerId);
        if (candidate is null)
        {
            if (message.Candidates.Count == CandidatesMax)
            {
                return;
            }

            candidate = new MdnsCandidate(address.PeerId, []);
            message.Candidates.Add(candidate);
        }

        if (candidate.Addresses.Count < addressesMax && !candidate.Addresses.Contains(bare))
        {
            candidate.Addresses.Add(bare);
        }
    }
}
