using System.Buffers.Binary;
using System.Net;
using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>Writes our queries and answers. Pure; every packet is at most the given size.</summary>
/// <remarks>
/// Spec: libp2p wire, section 13. PTR in the answers; SRV, TXT and A/AAAA in the additionals, all in one packet: go ignores peers without SRV and
/// addresses, rust reads TXT only in the additionals, js reads both. No cache-flush bit: the PTR is shared by all peers, and a split TXT must not
/// wipe its other half.
/// </remarks>
internal static class MdnsWriter
{
    private const int HeaderBytes = 12;
    private const ushort ClassInternet = 1;
    private const ushort AnswerFlags = 0x8400; // response, authoritative

    // The service name, written once right behind the header; every later use points here.
    private const ushort ServicePointer = 0xC000 | HeaderBytes;

    /// <summary>The query for peers.</summary>
    public static byte[] Query()
    {
        byte[] packet = new byte[HeaderBytes + DnsName.Service.Length + 4];
        Span<byte> rest = Header(packet, id: 0, flags: 0, questions: 1, answers: 0, additionals: 0);
        rest = Put(rest, DnsName.Service);
        rest = Put16(rest, (ushort)DnsType.Ptr);
        Put16(rest, ClassInternet);
        return packet;
    }

    /// <summary>The answer to "which services are there".</summary>
    /// <param name="ttl">Life in caches.</param>
    public static byte[] ServicesAnswer(TimeSpan ttl)
    {
        byte[] packet = new byte[HeaderBytes + DnsName.Services.Length + 10 + DnsName.Service.Length];
        Span<byte> rest = Header(packet, id: 0, AnswerFlags, questions: 0, answers: 1, additionals: 0);
        rest = Put(rest, DnsName.Services);
        rest = RecordHead(rest, DnsType.Ptr, ttl, DnsName.Service.Length);
        Put(rest, DnsName.Service);
        return packet;
    }

    /// <summary>One or more packets that name us with all addresses; none without addresses.</summary>
    /// <param name="self">Who we are on this link.</param>
    /// <param name="legacyId">The id of a legacy unicast query, whose question is repeated; null for multicast.</param>
    /// <param name="bytesMax">Largest packet.</param>
    public static List<byte[]> Answers(MdnsSelf self, ushort? legacyId, int bytesMax)
    {
        List<byte[]> packets = [];
        List<byte[]> strings = [];
        int fixedBytes = FixedBytes(self, legacyId is not null);
        int used = fixedBytes;
        foreach (Multiaddr address in self.Addresses)
        {
            byte[] text = Encoding.ASCII.GetBytes($"dnsaddr={address.WithPeer(self.Peer)}");
            if (text.Length > byte.MaxValue || fixedBytes + 1 + text.Length > bytesMax)
            {
                continue; // fits in no character-string; nobody could be told
            }

            if (used + 1 + text.Length > bytesMax)
            {
                packets.Add(Answer(self, legacyId, strings, used));
                strings.Clear();
                used = fixedBytes;
            }

            strings.Add(text);
            used += 1 + text.Length;
        }

        if (strings.Count > 0)
        {
            packets.Add(Answer(self, legacyId, strings, used));
        }

        return packets;
    }

    private static byte[] Answer(MdnsSelf self, ushort? legacyId, List<byte[]> strings, int size)
    {
        byte[] packet = new byte[size];
        int questions = legacyId is null ? 0 : 1;
        Span<byte> rest = Header(packet, legacyId ?? 0, AnswerFlags, questions, answers: 1, additionals: 2 + self.Hosts.Count);
        if (legacyId is not null)
        {
            rest = Put(rest, DnsName.Service);
            rest = Put16(rest, (ushort)DnsType.Ptr);
            rest = Put16(rest, ClassInternet);
            rest = Put16(rest, ServicePointer);
        }
        else
        {
            rest = Put(rest, DnsName.Service);
        }

        rest = RecordHead(rest, DnsType.Ptr, self.Ttl, 1 + self.Label.Length + 2);
        ushort instancePointer = PointerTo(packet, rest);
        rest = PutLabel(rest, self.Label);
        rest = Put16(rest, ServicePointer);

        rest = Put16(rest, instancePointer);
        rest = RecordHead(rest, DnsType.Srv, self.Ttl, 6 + HostBytes(self));
        rest = Put16(rest, 0);
        rest = Put16(rest, 0);
        rest = Put16(rest, self.Port);
        ushort hostPointer = PointerTo(packet, rest);
        rest = PutLabel(rest, self.Label);
        rest = Put(rest, "\u0005local\0"u8);

        rest = Put16(rest, instancePointer);
        rest = RecordHead(rest, DnsType.Txt, self.Ttl, strings.Sum(static s => 1 + s.Length));
        foreach (byte[] text in strings)
        {
            rest[0] = (byte)text.Length;
            rest = Put(rest[1..], text);
        }

        foreach (IPAddress host in self.Hosts)
        {
            byte[] ip = host.GetAddressBytes();
            rest = Put16(rest, hostPointer);
            rest = RecordHead(rest, ip.Length == 4 ? DnsType.A : DnsType.Aaaa, self.Ttl, ip.Length);
            rest = Put(rest, ip);
        }

        return packet;
    }

    private static int HostBytes(MdnsSelf self) => 1 + self.Label.Length + "\u0005local\0"u8.Length;

    private static int FixedBytes(MdnsSelf self, bool legacy) =>
        HeaderBytes + DnsName.Service.Length
        + (legacy ? 4 + 2 : 0)
        + 10 + 1 + self.Label.Length + 2
        + 2 + 10 + 6 + HostBytes(self)
        + 2 + 10
        + self.Hosts.Sum(static h => 2 + 10 + (h.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 4 : 16));

    private static Span<byte> Header(byte[] packet, ushort id, ushort flags, int questions, int answers, int additionals)
    {
        Span<byte> rest = Put16(packet, id);
        rest = Put16(rest, flags);
        rest = Put16(rest, (ushort)questions);
        rest = Put16(rest, (ushort)answers);
        rest = Put16(rest, 0);
        return Put16(rest, (ushort)additionals);
    }

    private static Span<byte> RecordHead(Span<byte> rest, DnsType type, TimeSpan ttl, int length)
    {
        rest = Put16(rest, (ushort)type);
        rest = Put16(rest, ClassInternet);
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)ttl.TotalSeconds);
        return Put16(rest[4..], (ushort)length);
    }

    private static ushort PointerTo(byte[] packet, Span<byte> rest) => (ushort)(0xC000 | (packet.Length - rest.Length));

    private static Span<byte> PutLabel(Span<byte> rest, string label)
    {
        rest[0] = (byte)label.Length;
        Encoding.ASCII.GetBytes(label, rest[1..]);
        return rest[(1 + label.Length)..];
    }

    private static Span<byte> Put(Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        return rest[bytes.Length..];
    }

    private static Span<byte> Put16(Span<byte> rest, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, value);
        return rest[2..];
    }
}
