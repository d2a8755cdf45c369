using System.Buffers;
using P2P.Core.Multiformats;

namespace P2P.Transport.Negotiation;

/// <summary>Tokens of multistream-select: <c>uvarint(length + 1) ‖ text ‖ \n</c>.</summary>
/// <remarks>Spec: libp2p wire, section 3.</remarks>
internal static class MultistreamWire
{
    /// <summary>Longest text read, in bytes (go 64 KiB, rust 16 KiB; no known protocol id is longer than 100).</summary>
    public const int TextBytesMax = 1024;

    /// <summary>Longest token: two bytes of length, text, line feed.</summary>
    public const int TokenBytesMax = 2 + TextBytesMax + 1;

    public static ReadOnlySpan<byte> Header => "/multistream/1.0.0"u8;

    public static ReadOnlySpan<byte> NotAvailable => "na"u8;

    /// <summary>Reads one token.</summary>
    /// <param name="source">Bytes received so far.</param>
    /// <param name="text">Without the line feed; a slice of the source.</param>
    /// <param name="consumed">Bytes of the token.</param>
    public static OperationStatus TryRead(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> text, out int consumed)
    {
        text = default;
        consumed = 0;
        OperationStatus status = VarInt.TryRead(source, out ulong length, out int prefix);
        if (status == OperationStatus.NeedMoreData && source.Length >= 2)
        {
            return OperationStatus.InvalidData; // a length of three bytes is far too long; do not wait for it
        }

        if (status != OperationStatus.Done)
        {
            return status;
        }

        if (length is 0 or > TextBytesMax + 1)
        {
            return OperationStatus.InvalidData;
        }

        int end = prefix + (int)length;
        if (source.Length < end)
        {
            return OperationStatus.NeedMoreData;
        }

        if (source[end - 1] != (byte)'\n')
        {
            return OperationStatus.InvalidData;
        }

        text = source[prefix..(end - 1)];
        consumed = end;
        return OperationStatus.Done;
    }

    /// <summary>How many bytes must be read next to complete the first token of <paramref name="source"/>, without reading beyond it.</summary>
    /// <param name="source">Bytes of this token so far, not a whole one.</param>
    public static int BytesMissing(ReadOnlySpan<byte> source) =>
        VarInt.TryRead(source, out ulong length, out int prefix) == OperationStatus.Done ? prefix + (int)length - source.Length : 1;

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        Span<byte> token = output.GetSpan(TokenBytesMax + text.Length);
        int at = VarInt.Write(token, (ulong)text.Length + 1);
        text.CopyTo(token[at..]);
        token[at + text.Length] = (byte)'\n';
        output.Advance(at + text.Length + 1);
    }

    public static void Write(IBufferWriter<byte> output, string text) => Write(output, System.Text.Encoding.UTF8.GetBytes(text));
}
