namespace P2P.Dht.Tests;

/// <summary>Namespace <c>long</c>: any value without a zero byte; the longer one is better.</summary>
internal sealed class LongestValidator : IKadValidator
{
    public string Namespace => "long";

    public bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => !value.Contains((byte)0);

    public int Compare(ReadOnlySpan<byte> key, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => right.Length - left.Length;
}
