namespace P2P.Transport.Discovery;

/// <summary>Domain names in uncompressed, lower-case wire form: labels with length prefix, then 0. Never throws on input.</summary>
/// <remarks>Spec: RFC 1035 sections 3.1 and 4.1.4.</remarks>
internal static class DnsName
{
    /// <summary>Longest name, final 0 included.</summary>
    public const int BytesMax = 255;

    // A pointer chain is legal and pointless; real packets need one or two. Without a bound a packet of 9,000 bytes could cost 4,500 jumps per name.
    private const int JumpsMax = 16;

    /// <summary><c>_p2p._udp.local</c>.</summary>
    public static ReadOnlySpan<byte> Service => "\u0004_p2p\u0004_udp\u0005local\0"u8;

    /// <summary><c>_services._dns-sd._udp.local</c>: which services are there.</summary>
    public static ReadOnlySpan<byte> Services => "\u0009_services\u0007_dns-sd\u0004_udp\u0005local\0"u8;

    /// <summary>Reads a perhaps compressed name.</summary>
    /// <param name="packet">The whole packet.</param>
    /// <param name="position">Start of the name; moved behind it (behind the first pointer, if there is one).</param>
    /// <param name="destination">At least <see cref="BytesMax"/> bytes.</param>
    /// <param name="length">Bytes written.</param>
    /// <returns>False for cut, over-long, looping or reserved forms.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, ref int position, Span<byte> destination, out int length)
    {
        length = 0;
        int at = position;
        int segmentStart = position;
        int jumps = 0;
        while (at < packet.Length)
        {
            byte head = packet[at];
            switch (head & 0xC0)
            {
                case 0xC0:
                    if (at + 1 >= packet.Length || ++jumps > JumpsMax)
                    {
                        return false;
                    }

                    int target = ((head & 0x3F) << 8) | packet[at + 1];
                    if (target >= segmentStart)
                    {
                        return false; // only backwards: every jump shrinks what is left, so there is no loop
                    }

                    position = jumps == 1 ? at + 2 : position;
                    segmentStart = target;
                    at = target;
                    break;
                case 0 when head == 0:
                    destination[length++] = 0;
                    position = jumps == 0 ? at + 1 : position;
                    return true;
                case 0:
                    if (at + 1 + head > packet.Length || length + 1 + head >= BytesMax)
                    {
                        return false;
                    }

                    destination[length++] = head;
                    Lower(packet.Slice(at + 1, head), destination[length..]);
                    length += head;
                    at += 1 + head;
                    break;
                default:
                    return false; // 01 and 10 are reserved
            }
        }

        return false;
    }

    private static void Lower(ReadOnlySpan<byte> label, Span<byte> destination)
    {
        for (int i = 0; i < label.Length; i++)
        {
            destination[i] = label[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(label[i] | 0x20) : label[i];
        }
    }
}
