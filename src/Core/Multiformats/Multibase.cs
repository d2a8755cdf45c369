namespace P2P.Core.Multiformats;

/// <summary>Text forms of bytes. Static, thread-safe; decoding is bounded by the caller's limit.</summary>
/// <remarks>Spec: multiformats multibase.</remarks>
public static class Multibase
{
    /// <summary>Text with its prefix character.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="bytes">Any bytes.</param>
    public static string Encode(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Text without a prefix character.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="bytes">Any bytes.</param>
    public static string EncodeRaw(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Reads prefixed text.</summary>
    /// <param name="text">Prefix and digits.</param>
    /// <param name="bytesMax">Longer results are refused before they are allocated.</param>
    /// <param name="bytes">The bytes, empty when refused.</param>
    /// <param name="encoding">The alphabet found.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, int bytesMax, out byte[] bytes, out MultibaseEncoding encoding) => throw new NotImplementedException();

    /// <summary>Reads text of a known alphabet without prefix.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="text">Digits only.</param>
    /// <param name="bytesMax">Longer results are refused before they are allocated.</param>
    /// <param name="bytes">The bytes, empty when refused.</param>
    public static bool TryDecodeRaw(MultibaseEncoding encoding, ReadOnlySpan<char> text, int bytesMax, out byte[] bytes) => throw new NotImplementedException();
}
