namespace P2P.Conformance.Fuzz;

/// <summary>A decoder took something and does not give it back.</summary>
public sealed class FuzzException(string message) : Exception(message);
