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
                    byte[] message = new byte[(int)length];
                    int have = Math.Min(filled - prefix, message.Length);
                    buffer.AsSpan(prefix, have).CopyTo(message);
                    buffer.AsSpan(prefix + have, filled - prefix - have).CopyTo(buffer);
                    filled -= prefix + have;
                    if (!await FillAsync(stream, message.AsMemory(have), cancellationToken))
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

    private static async Task<bool> FillAsync(MuxedStream stream, Memory<byte> target, CancellationToken cancellationToken)
    {
        while (target.Length > 0)
        {
            int count = await stream.ReadAsync(target, cancellationToken);
            if (count == 0)
            {
                return false;
            }

            target = target[count..];
        }

        return true;
    }
}
