using System.Text;

namespace P2P.Dht.Records;

/// <summary>The registered namespaces. A key of any other namespace, or of none, is refused.</summary>
/// <remarks>Spec: limits §3, CVE-2026-45783: a key without a namespace went round validation and was stored.</remarks>
internal sealed class ValidatorSet
{
    private readonly Dictionary<string, IKadValidator> _byNamespace = new(StringComparer.Ordinal);

    public ValidatorSet(IReadOnlyList<IKadValidator> validators)
    {
        _byNamespace.Add(PublicKeyValidator.Instance.Namespace, PublicKeyValidator.Instance);
        foreach (IKadValidator validator in validators)
        {
            _byNamespace.Add(validator.Namespace, validator);
        }
    }

    /// <summary>The validator for <c>/namespace/rest</c>, where neither part is empty; else null.</summary>
    public IKadValidator? For(ReadOnlySpan<byte> key)
    {
        if (key.Length < 4 || key[0] != (byte)'/')
        {
            return null;
        }

        int slash = key[1..].IndexOf((byte)'/');
        return slash < 1 || slash + 2 >= key.Length ? null
            : _byNamespace.GetValueOrDefault(Encoding.Latin1.GetString(key.Slice(1, slash)));
    }
}
