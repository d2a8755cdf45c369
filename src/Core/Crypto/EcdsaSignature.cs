namespace P2P.Core.Crypto;

/// <summary>DER <c>SEQUENCE { r, s }</c> to and from two 32-byte numbers.</summary>
internal static class EcdsaSignature
{
    /// <summary>Longest DER form of a 256-bit signature.</summary>
    public const int DerBytesMax = 72;

    /// <summary>Reads strict DER. Range checks are the caller's.</summary>
    /// <param name="der">All bytes; nothing may follow.</param>
    /// <param name="fixedForm">64 bytes: r, s.</param>
    public static bool TryRead(ReadOnlySpan<byte> der, Span<byte> fixedForm)
    {
        if (der.Length > DerBytesMax)
        {
            return false;
        }

        DerReader outer = new(der);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> content) || !outer.IsEmpty)
        {
            return false;
        }

        DerReader inner = new(content);
        return inner.TryReadUnsigned(out ReadOnlySpan<byte> r)
            && inner.TryReadUnsigned(out ReadOnlySpan<byte> s)
            && inner.IsEmpty
            && TryPad(r, fixedForm[..32])
            && TryPad(s, fixedForm[32..64]);
    }

    /// <summary>Writes DER.</summary>
    /// <param name="fixedForm">64 bytes: r, s.</param>
    public static byte[] ToDer(ReadOnlySpan<byte> fixedForm)
    {
        Span<byte> buffer = stackalloc byte[DerBytesMax];
        int length = 2;
        length += WriteInteger(fixedForm[..32], buffer[length..]);
        length += WriteInteger(fixedForm[32..64], buffer[length..]);
        buffer[0] = DerReader.Sequence;
        buffer[1] = (byte)(length - 2);
        return buffer[..length].ToArray();
    }

    private static bool TryPad(ReadOnlySpan<byte> magnitude, Span<byte> destination)
    {
        if (magnitude.Length > destination.Length)
        {
            return false;
        }

        destination.Clear();
        magnitude.CopyTo(destination[(destination.Length - magnitude.Length)..]);
        return true;
    }

    private static int WriteInteger(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        value = value.TrimStart((byte)0);
        int pad = value.IsEmpty || value[0] >= 0x80 ? 1 : 0;
        destination[0] = DerReader.Integer;
        destination[1] = (byte)(value.Length + pad);
        destination[2] = 0;
        value.CopyTo(destination[(2 + pad)..]);
        return 2 + pad + value.Length;
    }
}
