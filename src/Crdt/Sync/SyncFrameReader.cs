using System.Buffers;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>Cuts a sync stream into frames: <c>uvarint length ‖ bytes</c>. The length is compared before anything is allocated, and
/// memory grows with what arrives, not with what is announced.</summary>
internal sealed class SyncFrameReader(ISyncChannel channel)
{
    private const int ChunkBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[ChunkBytes];
    private int _filled;

    /// <summary>Reads one frame.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The frame in memory of its own, empty at the end of the stream; or why there is none; bytes with prefix.</returns>
    public async ValueTask<(ReadOnlyMemory<byte> Frame, SyncRefusal Refusal, int Bytes)> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            OperationStatus status = VarInt.TryRead(_buffer.AsSpan(0, Math.Min(_filled, VarInt.BytesMax)), out ulong length, out int prefix);
            if (status == OperationStatus.Done)
            {
                return length > SyncProtocol.FrameBytesMax ? (default, SyncRefusal.TooLong, prefix)
                    : length == 0 ? (default, SyncRefusal.Malformed, prefix)
                    : await ReadBodyAsync((int)length, prefix, cancellationToken);
            }

            if (status == OperationStatus.InvalidData)
            {
                return (default, SyncRefusal.Malformed, 0);
            }

            int count = await channel.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
            if (count == 0)
            {
                return (default, _filled == 0 ? SyncRefusal.None : SyncRefusal.Cut, 0);
            }

            _filled += count;
        }
    }

    private async ValueTask<(ReadOnlyMemory<byte> Frame, SyncRefusal Refusal, int Bytes)> ReadBodyAsync(
        int length, int prefix, CancellationToken cancellationToken)
    {
        int have = Math.Min(_filled - prefix, length);
        byte[] frame = new byte[Math.Min(length, Math.Max(ChunkBytes, have))];
        _buffer.AsSpan(prefix, have).CopyTo(frame);
        _filled -= prefix + have;
        _buffer.AsSpan(prefix + have, _filled).CopyTo(_buffer);
        while (have < length)
        {
            if (have == frame.Length)
            {
                Array.Resize(ref frame, (int)Math.Min(length, 2L * frame.Length));
            }

            int count = await channel.ReadAsync(frame.AsMemory(have), cancellationToken);
            if (count == 0)
            {
                return (default, SyncRefusal.Cut, 0);
            }

            have += count;
        }

        return (frame, SyncRefusal.None, prefix + length);
    }
}
