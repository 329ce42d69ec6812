//! What the report says about each rule: the problem, the idea, and what to look for in the pictures.
//!
//! Prose for readers, in HTML. It speaks of the rules as the tour sets them.

/// The story of a rule.
pub(super) struct Chapter {
    pub(super) rule: &'static str,
    /// The rule in a few words.
    pub(super) title: &'static str,
    pub(super) problem: &'static str,
    pub(super) idea: &'static str,
    pub(super) look: &'static str,
    /// Who found it, and when.
    pub(super) source: &'static str,
}

/// The story of a rule, by the rule's name.
pub(super) fn chapter(rule: &str) -> Option<&'static Chapter> {
    CHAPTERS.iter().find(|chapter| chapter.rule == rule)
}

static CHAPTERS: [Chapter; 7] = [
    Chapter {
        rule: "Sgd",
        title: "Straight down the slope",
        problem: "The loss depends on 2,410 weights. There is no map of it, and to try weights one by one would take \
                  for ever. But the slope at the place where we stand, the gradient, costs hardly more than the loss itself.",
        idea: "Take the slope over a small batch of examples, which is rough but cheap, and move every weight a little \
               against it: <i>w</i> loses the gradient <i>g</i> times a rate <i>γ</i>. That is <em>stochastic gradient \
               descent</em>, and all that follows is about two questions: in which direction, and how far.",
        look: "One rate serves all directions. In the ravine, steps short enough for the walls are far too short for \
               the floor: a zigzag, then a crawl. On the saddle it waits for long where the slope is near zero. And it \
               has no memory, so that the first valley is also the last.",
        source: "H. Robbins, S. Monro, <cite>A stochastic approximation method</cite>, 1951",
    },
    Chapter {
        rule: "Momentum",
        title: "A ball with weight",
        problem: "Plain descent forgets every step as soon as it is taken. Across the ravine it undoes what it has just \
                  done; along the floor it begins again from zero each time.",
        idea: "Let the gradient change a <em>velocity</em>, and the velocity the weights, as for a ball that rolls. Each \
               step keeps a part <i>μ</i> of the velocity, like friction. What points one way again and again adds \
               up, to ten times the speed at <i>μ</i> = 0.9; what alternates cancels out.",
        look: "It swings across the ravine at first, but the swings die down while its speed along the floor grows. In \
               the last picture it arrives in the first valley with speed, rolls over the pass, and ends in the deeper \
               one. The price: it overshoots where it should stop.",
        source: "B. Polyak, <cite>Some methods of speeding up the convergence of iteration methods</cite>, 1964",
    },
    Chapter {
        rule: "Nag",
        title: "Look before you leap",
        problem: "A ball notices that it has rolled too far when it already goes uphill. At high speed that is late.",
        idea: "We know where the velocity is about to carry the weights: to <i>w</i> plus <i>μ</i> times the velocity. So \
               take the gradient <em>there</em>, and correct the velocity before the mistake instead of after it. That is \
               Nesterov’s accelerated gradient. The one change turns into a provably better rate on convex problems.",
        look: "The rings show where the gradient was taken: ahead of the path, outside of the bends. The swings of \
               momentum are still there, but they are smaller and die sooner.",
        source: "Y. Nesterov, <cite>A method of solving a convex programming problem with convergence rate \
                 O(1/k²)</cite>, 1983",
    },
    Chapter {
        rule: "Adagrad",
        title: "A rate for every weight",
        problem: "Momentum changes the direction over time, but all weights still share one rate. A weight with large \
                  gradients wants small steps, one that hardly ever gets a gradient wants large ones.",
        idea: "Keep for each weight the sum <i>s</i> of its squared gradients, and divide its step by the root of it. The \
               steepness of a direction cancels out: the first step is as long for a weight with a tiny gradient as for \
               one with a huge gradient.",
        look: "It sets out diagonally in the ravine, as if there were none, and leaves the saddle at once. But the sum \
               never shrinks: the dots crowd together, steps become shorter and shorter, whether the goal is \
               reached or not.",
        source: "J. Duchi, E. Hazan, Y. Singer, <cite>Adaptive subgradient methods for online learning and stochastic \
                 optimization</cite>, 2011",
    },
    Chapter {
        rule: "RmsProp",
        title: "Learn to forget",
        problem: "Adagrad never forgets. A steep place at the beginning slows a weight down for ever, which is wrong \
                  when the landscape is another one by now, as it is in a network that learns.",
        idea: "Replace the sum by a running mean of the squared gradients, in which old ones fade. Then the step depends \
               on how steep it has been <em>lately</em>. It began as a slide in a lecture and became one of the most \
               used rules.",
        look: "Its steps do not die out as Adagrad’s do: the dots keep their distance to the end. Where the gradient \
               settles, a step is about as long as the rate, whatever the slope, so that close to the minimum it does \
               not come to rest but trembles around it.",
        source: "T. Tieleman, G. Hinton, <cite>Lecture 6.5 of Neural networks for machine learning</cite>, 2012",
    },
    Chapter {
        rule: "Adam",
        title: "Both ideas at once",
        problem: "Momentum chooses a better direction, RMSProp a better length for each weight. Why not both?",
        idea: "Keep two running means: <i>m</i> of the gradients, the direction, and <i>v</i> of their squares, the \
               scale. Both start at zero and would be too small at first, so they are divided by what they are short \
               of. That correction is the factors <i>a</i> and <i>c</i> of the formula.",
        look: "Diagonal at first, as with a rate per weight, and curved like a ball’s path afterwards. Early steps are \
               all about as long as the rate, which is why one rate does well on so many networks.",
        source: "D. Kingma, J. Ba, <cite>Adam: a method for stochastic optimization</cite>, 2015",
    },
    Chapter {
        rule: "AdamW",
        title: "Decay that means it",
        problem: "To keep weights small, one pulls each of them a little towards zero. Adam with the pull added to \
                  the gradient divides it by the scale too, so that weights with large gradients are hardly pulled at all.",
        idea: "Take the decay out of the gradient: shrink every weight by the same part <i>γλ</i> first, then do what \
               Adam does. A small change, and the usual choice for large networks today.",
        look: "With the tour’s decay of 0.01 it is Adam’s twin. The difference is a pull towards the origin of \
               the picture, which shows where a path comes to rest: a hair nearer to zero than the minimum is.",
        source: "I. Loshchilov, F. Hutter, <cite>Decoupled weight decay regularization</cite>, 2019",
    },
];

#[cfg(test)]
mod tests {
    use super::chapter;
    use crate::registry;

    #[test]
    fn every_rule_has_its_chapter() {
        for rule in registry::rules() {
            assert!(chapter(rule.name()).is_some(), "{}", rule.name());
        }
    }
}
