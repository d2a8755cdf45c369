using System.Buffers.Binary;
using System.Text;

namespace P2P.Transport.Tests.Discovery;

/// <summary>Builds DNS packets by hand, so that our reader is not tested by our writer.</summary>
internal sealed class DnsBytes
{
    private readonly List<byte> _bytes = [];

    public int Position => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public DnsBytes Header(ushort id, ushort flags, int questions, int answers, int authorities, int additionals) =>
        U16(id).U16(flags).U16((ushort)questions).U16((ushort)answers).U16((ushort)authorities).U16((ushort)additionals);

    public DnsBytes U16(int value)
    {
        byte[] two = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(two, (ushort)value);
        _bytes.AddRange(two);
        return this;
    }

    public DnsBytes U32(uint value) => U16((int)(value >> 16)).U16((int)(value & 0xFFFF));

    public DnsBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public DnsBytes Name(string dotted)
    {
        _bytes.AddRange(NameBytes(dotted));
        return this;
    }

    public DnsBytes Question(string name, int type, int @class = 1) => Name(name).U16(type).U16(@class);

    public DnsBytes Record(string name, int type, uint ttl, byte[] data, int @class = 1) =>
        Name(name).U16(type).U16(@class).U32(ttl).U16(data.Length).Raw(data);

    public DnsBytes Ptr(string name, string target, uint ttl = 120) => Record(name, 12, ttl, NameBytes(target));

    public DnsBytes Txt(string name, params string[] texts) => Txt(name, 120, texts);

    public DnsBytes Txt(string name, uint ttl, string[] texts) => Record(name, 16, ttl, [.. texts.SelectMany(Text)]);

    public DnsBytes Srv(string name, string target, int port) => Record(name, 33, 120, [0, 0, 0, 0, (byte)(port >> 8), (byte)(port & 0xFF), .. NameBytes(target)]);

    public static byte[] NameBytes(string dotted) =>
        [.. dotted.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(Text), 0];

    private static IEnumerable<byte> Text(string text) => [(byte)Encoding.ASCII.GetByteCount(text), .. Encoding.ASCII.GetBytes(text)];
}
