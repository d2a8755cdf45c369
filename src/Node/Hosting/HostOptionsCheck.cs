using Microsoft.Extensions.Options;

namespace P2P.Node.Hosting;

/// <summary>The checks of <see cref="P2PNode.StartAsync(P2POptions, CancellationToken)"/>, before anything is started.</summary>
internal sealed class HostOptionsCheck : IValidateOptions<P2PHostOptions>
{
    public ValidateOptionsResult Validate(string? name, P2PHostOptions options)
    {
        try
        {
            NodeOptionsCheck.Check(options.ToNodeOptions());
            return ValidateOptionsResult.Success;
        }
        catch (P2PException wrong)
        {
            return ValidateOptionsResult.Fail($"{P2PHostOptions.Section}:{wrong.Message}");
        }
    }
}
