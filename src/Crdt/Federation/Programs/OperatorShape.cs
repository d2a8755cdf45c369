namespace P2P.Crdt.Federation.Programs;

/// <summary>What an operator may be given.</summary>
/// <param name="Name">As in the program.</param>
/// <param name="InputsMin">Least inputs.</param>
/// <param name="InputsMax">Most inputs.</param>
/// <param name="AreParametersValid">Whether a canonical map is what it takes.</param>
internal sealed record OperatorShape(string Name, int InputsMin, int InputsMax, ParameterCheck AreParametersValid);
