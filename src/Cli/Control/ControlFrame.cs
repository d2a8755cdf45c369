using System.Buffers.Binary;

namespace P2P.Cli.Control;

/// <summary>Frames of the control socket: the length in four bytes, big-endian, then that many bytes of JSON.</summary>
internal static class ControlFrame
{
    /// <summary>Longest frame; a longer one ends the connection before anything is allocated for it.</summary>
    public const int BytesMax = 1 << 20;

    private const int HeaderBytes = 4;

    /// <summary>The next frame; null when the other side has gone or what comes is no frame.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] header = new byte[HeaderBytes];
        if (await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken) < HeaderBytes)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length is 0 or > BytesMax)
        {
            return null;
        }

        byte[] frame = new byte[length];
        return await stream.ReadAtLeastAsync(frame, frame.Length, throwOnEndOfStream: false, cancellationToken) == frame.Length ? frame : null;
    }

    public static async Task WriteAsync(Stream stream, byte[] content, CancellationToken cancellationToken)
    {
        if (content.Length is 0 or > BytesMax)
        {
            throw new CliException(CliError.ControlRefused, $"A message of {content.Length} bytes is longer than the {BytesMax} that a node takes.");
        }

        byte[] frame = new byte[HeaderBytes + content.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)content.Length);
        content.CopyTo(frame.AsSpan(HeaderBytes));
        await stream.WriteAsync(frame, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }
}
