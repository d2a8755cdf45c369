using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace P2P.Transport.Discovery;

/// <summary>Questions for the TXT records of a name and the answers of a name server. Never throws on input.</summary>
/// <remarks>RFC 1035, sections 3.3.14 and 4.1.</remarks>
internal static class DnsTextCodec
{
    /// <summary>Texts of one name that are taken.</summary>
    public const int TextsMax = 64;

    private const int HeaderBytes = 12;
    private const int LabelBytesMax = 63;
    private const int AliasesMax = 8;
    private const ushort ClassInternet = 1;
    private const ushort RecursionDesired = 0x0100;
    private const ushort IsAnswer = 0x8000;
    private const ushort IsTruncated = 0x0200;
    private const int NoSuchName = 3;

    /// <summary>The question; null when the host is no name that DNS has.</summary>
    /// <param name="id">Chosen at random: the answer must repeat it.</param>
    /// <param name="host">Labels with dots.</param>
    public static byte[]? Question(ushort id, string host)
    {
        if (Encode(host) is not byte[] name)
        {
            return null;
        }

        byte[] packet = new byte[HeaderBytes + name.Length + 4];
        BinaryPrimitives.WriteUInt16BigEndian(packet, id);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), 1);
        name.CopyTo(packet.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(HeaderBytes + name.Length), (ushort)DnsType.Txt);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(HeaderBytes + name.Length + 2), ClassInternet);
        return packet;
    }

    /// <summary>What an answer says.</summary>
    /// <param name="answer">Anything that came.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="texts">Gets the texts, each a record's strings joined.</param>
    public static DnsTextStatus TryRead(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question, List<string> texts)
    {
        if (answer.Length < HeaderBytes || answer[0] != question[0] || answer[1] != question[1])
        {
            return DnsTextStatus.Foreign;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(answer[2..]);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(answer[4..]);
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        int position = HeaderBytes;
        if ((flags & IsAnswer) == 0 || questions != 1 || !DnsName.TryRead(answer, ref position, name, out int length)
            || !name[..length].SequenceEqual(question[HeaderBytes..^4]) || !answer[position..].StartsWith(question[^4..]))
        {
            return DnsTextStatus.Foreign; // to another question, or none: somebody guesses
        }

        if ((flags & IsTruncated) != 0)
        {
            return DnsTextStatus.Truncated;
        }

        return (flags & 0xF) switch
        {
            0 => Collect(answer, position + 4, name, length, texts),
            NoSuchName => DnsTextStatus.Answer,
            _ => DnsTextStatus.Failed,
        };
    }

    private static DnsTextStatus Collect(ReadOnlySpan<byte> answer, int start, Span<byte> name, int length, List<string> texts)
    {
        int answers = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]);
        for (int aliases = 0; aliases <= AliasesMax; aliases++)
        {
            int position = start;
            int alias = -1;
            for (int i = 0; i < answers; i++)
            {
                if (!MdnsReader.TryReadRecord(answer, ref position, out DnsRecord record))
                {
                    return DnsTextStatus.Failed;
                }

                if (record.Class != ClassInternet || !MdnsReader.HasName(answer, record.NameAt, name[..length]))
                {
                    continue;
                }

                if (record.Type == DnsType.Txt && texts.Count < TextsMax)
                {
                    texts.Add(Join(answer.Slice(record.DataAt, record.DataLength)));
                }
                else if (record.Type == DnsType.Cname)
                {
                    alias = record.DataAt;
                }
            }

            if (texts.Count > 0 || alias < 0)
            {
                return DnsTextStatus.Answer;
            }

            if (!DnsName.TryRead(answer, ref alias, name, out length))
            {
                return DnsTextStatus.Failed;
            }
        }

        return DnsTextStatus.Failed; // aliases in a circle
    }

    private static string Join(ReadOnlySpan<byte> data)
    {
        StringBuilder text = new(data.Length);
        while (!data.IsEmpty && data[0] < data.Length)
        {
            text.Append(Encoding.Latin1.GetString(data.Slice(1, data[0])));
            data = data[(1 + data[0])..];
        }

        return text.ToString();
    }

    private static byte[]? Encode(string host)
    {
        if (ToAscii(host) is not string ascii || ascii.Length + 2 > DnsName.BytesMax)
        {
            return null;
        }

        List<byte> name = new(ascii.Length + 2);
        foreach (string label in ascii.Split('.'))
        {
            if (label.Length is 0 or > LabelBytesMax)
            {
                return null;
            }

            name.Add((byte)label.Length);
            name.AddRange(Encoding.ASCII.GetBytes(label));
        }

        name.Add(0);
        return [.. name];
    }

    private static string? ToAscii(string host)
    {
        try
        {
            string ascii = Ascii.IsValid(host) ? host : new IdnMapping().GetAscii(host);
            return ascii.TrimEnd('.').ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null; // characters that no name has
        }
    }
}
