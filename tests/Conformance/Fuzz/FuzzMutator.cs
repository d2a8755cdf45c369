using System.Buffers.Binary;
using P2P.Core.Runtime;

namespace P2P.Conformance.Fuzz;

/// <summary>
/// Changes inputs: bits, numbers at the edges, blocks moved about, two inputs spliced, tokens of our formats, and lengths repaired after a change in what they
/// count, so that decoders are reached behind their first check. One seed, one sequence.
/// </summary>
internal sealed class FuzzMutator(IChance chance)
{
    private const int BytesMax = 4_096;

    private static readonly ulong[] s_edges =
        [0, 1, 127, 128, 255, 256, 32_767, 65_535, 65_536, 262_145, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    private static readonly byte[][] s_tokens =
    [
        [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, 0x71, 0x12, 0x20], [0x01, 0x55, 0x12, 0x20], [0x12, 0x20], [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x5b, 0, 0, 0, 1, 0, 0, 0, 0], [0xf9, 0x7e, 0x00], [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], [0x9f, 0xff],
        [0x12, 0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x00], [0x0a, 0x00], [0x08, 0x01, 0x12, 0x20],
        [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], [0xc0, 0x0c], [0x13, .. "/multistream/1.0.0\n"u8], [0, 0, 0, 1, 0, 0, 0, 1], .. Edges(),
    ];

    /// <summary>A changed copy.</summary>
    /// <param name="input">What to change.</param>
    /// <param name="other">What to splice with.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int left = 1 + chance.Below(4); left > 0; left--)
        {
            MutateOnce(bytes, other);
        }

        return bytes.Count <= BytesMax ? [.. bytes] : [.. bytes.Take(BytesMax)];
    }

    private static IEnumerable<byte[]> Edges()
    {
        foreach (ulong edge in s_edges)
        {
            byte[] eight = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(eight, edge);
            yield return eight;
            yield return eight[4..];
            yield return eight[6..];
        }
    }

    private void MutateOnce(List<byte> bytes, byte[] other)
    {
        int at = bytes.Count == 0 ? 0 : chance.Below(bytes.Count);
        switch (bytes.Count == 0 ? 5 : chance.Below(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << chance.Below(8));
                break;
            case 1:
                bytes[at] = unchecked((byte)s_edges[chance.Below(s_edges.Length)]);
                break;
            case 2:
                bytes[at] = unchecked((byte)(bytes[at] + chance.Below(9) - 4));
                break;
            case 3:
                bytes.RemoveRange(at, 1 + chance.Below(Math.Min(16, bytes.Count - at)));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, 1 + chance.Below(Math.Min(64, bytes.Count - at))));
                break;
            case 5:
                bytes.InsertRange(at, s_tokens[chance.Below(s_tokens.Length)]);
                break;
            case 6:
                Overwrite(bytes, at, s_tokens[chance.Below(s_tokens.Length)]);
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.Skip(chance.Below(other.Length + 1)));
                break;
            case 8:
                Resize(bytes, at);
                break;
            default:
                bytes[at] = (byte)chance.Below(256);
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] token)
    {
        for (int i = 0; i < token.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = token[i];
        }
    }

    // A short length (one byte, as protobuf, multiformats and multistream write it, or in the head of a CBOR string) and what it counts grow or shrink together.
    private void Resize(List<byte> bytes, int from)
    {
        for (int at = from; at < bytes.Count; at++)
        {
            (int length, int most) = bytes[at] switch
            {
                >= 0x40 and < 0x57 => (bytes[at] - 0x40, 0x17),
                >= 0x60 and < 0x77 => (bytes[at] - 0x60, 0x17),
                > 0 and < 0x40 => (bytes[at], 0x7f),
                _ => (-1, 0),
            };
            if (length < 1 || at + 1 + length > bytes.Count)
            {
                continue;
            }

            int changed = chance.Below(most + 1);
            bytes[at] = (byte)(bytes[at] - length + changed);
            if (changed < length)
            {
                bytes.RemoveRange(at + 1 + changed, length - changed);
            }
            else
            {
                bytes.InsertRange(at + 1 + length, Enumerable.Range(0, changed - length).Select(_ => (byte)chance.Below(256)));
            }

            return;
        }
    }
}
