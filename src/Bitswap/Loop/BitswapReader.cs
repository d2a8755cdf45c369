using System.Buffers;
using P2P.Bitswap.Wire;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Bitswap.Loop;

/// <summary>Reads length-prefixed messages from one inbound stream. The length is compared with the limit before anything is allocated.</summary>
internal static class BitswapReader
{
    private const int ReadBytes = 64 * 1024;

    /// <summary>Hands each message to <paramref name="received"/>; returns at the end of the stream.</summary>
    /// <returns>Why reading stopped early, or None.</returns>
    public static async Task<BitswapRefusal> ReadAllAsync(
        MuxedStream stream, BitswapOptions options, Func<BitswapMessage, ValueTask> received, CancellationToken cancellationToken)
    {
        byte[] head = new byte[VarInt.BytesMax];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            int filled = 0;
            while (true)
            {
                OperationStatus status = VarInt.TryRead(buffer.AsSpan(0, Math.Min(filled, head.Length)), out ulong length, out int prefix);
                if (status == OperationStatus.InvalidData || (status == OperationStatus.Done && length > (ulong)options.MessageBytesMax))
                {
                    return status == OperationStatus.Done ? BitswapRefusal.MessageTooLong : BitswapRefusal.Malformed;
                }

                if (status == OperationStatus.Done)
                {
                    int have = Math.Min(filled - prefix, (int)length);
                    byte[]? message = await ReadOneAsync(stream, (int)length, buffer.AsMemory(prefix, have), cancellationToken);
                    buffer.AsSpan(prefix + have, filled - prefix - have).CopyTo(buffer);
                    filled -= prefix + have;
                    if (message is null)
                    {
                        return BitswapRefusal.Malformed;
                    }

                    BitswapRefusal refusal = BitswapCodec.TryRead(message, options, out BitswapMessage? decoded);
                    if (refusal != BitswapRefusal.None)
                    {
                        return refusal;
                    }

                    await received(decoded!);
                    continue;
                }

                int count = await stream.ReadAsync(buffer.AsMemory(filled, ReadBytes - filled), cancellationToken);
                if (count == 0)
                {
                    return filled == 0 ? BitswapRefusal.None : BitswapRefusal.Malformed;
                }

                filled += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Grows with what arrives: a length alone makes nobody allocate.</summary>
    private static async Task<byte[]?> ReadOneAsync(MuxedStream stream, int length, ReadOnlyMemory<byte> start, CancellationToken cancellationToken)
    {
        byte[] message = new byte[Math.Min(length, Math.Max(ReadBytes, start.Length))];
        start.CopyTo(message);
        int filled = start.Length;
        while (filled < length)
        {
            if (filled == message.Length)
            {
                Array.Resize(ref message, (int)Math.Min(length, 2L * message.Length));
            }

            int count = await stream.ReadAsync(message.AsMemory(filled), cancellationToken);
            if (count == 0)
            {
                return null;
            }

            filled += count;
        }

        return message;
    }
}
