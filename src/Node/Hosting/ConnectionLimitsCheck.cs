using Microsoft.Extensions.Options;
using P2P.Transport.Limits;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="ConnectionLimits"/>, checked by generated code.</summary>
[OptionsValidator]
internal sealed partial class ConnectionLimitsCheck : IValidateOptions<ConnectionLimits>;
