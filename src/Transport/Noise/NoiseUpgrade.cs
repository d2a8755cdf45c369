using System.Buffers;
using System.Buffers.Binary;
using P2P.Transport.Connections;

namespace P2P.Transport.Noise;

/// <summary>Drives a <see cref="NoiseLibp2pHandshake"/> over a raw connection. The thin, asynchronous part.</summary>
internal static class NoiseUpgrade
{
    private const int LengthBytes = 2;

    /// <summary>Appends our next handshake message, framed, to what must be sent.</summary>
    /// <param name="handshake">It must be our turn.</param>
    /// <param name="output">Takes length and message.</param>
    public static NoiseStatus TryWriteNext(NoiseLibp2pHandshake handshake, ArrayBufferWriter<byte> output)
    {
        Span<byte> frame = output.GetSpan(LengthBytes + handshake.NextBytes);
        NoiseStatus status = handshake.TryWriteNext(frame[LengthBytes..], out int written);
        if (status == NoiseStatus.Ok)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)written);
            output.Advance(LengthBytes + written);
        }

        return status;
    }

    /// <summary>Reads and applies the remote's next handshake message.</summary>
    /// <param name="handshake">It must be the remote's turn.</param>
    /// <param name="input">Consumed exactly up to the end of the message.</param>
    /// <param name="cancellationToken">Cancelling breaks the handshake.</param>
    public static async ValueTask<NoiseStatus> ReadNextAsync(NoiseLibp2pHandshake handshake, ConnectionInput input, CancellationToken cancellationToken)
    {
        int needed;
        while ((needed = FrameBytes(input.AvailableSpan)) > input.AvailableSpan.Length)
        {
            if (!await input.FillAsync(needed, cancellationToken))
            {
                throw new TransportException(TransportError.ConnectionClosed, "The remote closed the connection during the Noise handshake.");
            }
        }

        return Apply(handshake, input);
    }

    // Bytes of the first frame, or of its length as long as that is not here.
    private static int FrameBytes(ReadOnlySpan<byte> available) =>
        available.Length < LengthBytes ? LengthBytes : LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(available);

    private static NoiseStatus Apply(NoiseLibp2pHandshake handshake, ConnectionInput input)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(input.AvailableSpan);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            return handshake.TryReadNext(input.AvailableSpan.Slice(LengthBytes, length), scratch);
        }
        finally
        {
            input.Consume(LengthBytes + length);
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
